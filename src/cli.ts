#!/usr/bin/env node
// The only place that sets an exit code. Nothing is imported before the version check: on an older Node the first
// import of node:sqlite would end in a stack trace instead of a sentence.

const OLDEST_NODE = 24;

const [major = '0'] = process.versions.node.split('.');
if (Number(major) < OLDEST_NODE) {
  process.stderr.write(
    `tls-audit: needs Node.js ${OLDEST_NODE} or newer, this is ${process.version}. ` +
      'In a checkout start it with npx tls-audit, which brings its own; or install a newer Node.js.\n',
  );
  process.exitCode = 2;
} else {
  await main();
}

async function main(): Promise<void> {
  // A reader that closes early (| head) is no failure. Of any other, such as a full disk, whoever writes hears.
  process.stdout.on('error', () => undefined);
  const { runProgram } = await import('./commands/program.ts');
  process.exitCode = await runProgram(process.argv.slice(2), process);
}
