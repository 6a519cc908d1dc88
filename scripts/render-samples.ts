import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderCsv } from '../src/report/csv.ts';
import { renderDigest } from '../src/report/digest.ts';
import { renderHtml } from '../src/report/html.ts';
import { renderJson } from '../src/report/json.ts';
import { renderTerminal } from '../src/report/terminal.ts';
import { huge, SAMPLES } from '../test/report/samples.ts';

// Writes every sample report in every form, to look at: node scripts/render-samples.ts FOLDER

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder to write to: node scripts/render-samples.ts FOLDER');
mkdirSync(folder, { recursive: true });

for (const [name, report] of Object.entries({ ...SAMPLES, huge: huge() })) {
  const digest = renderDigest(report, { messageIdDomain: 'audit.example.com' });
  const headers = Object.entries(digest.headers).map(([header, value]) => `${header}: ${value}\n`);
  const files = {
    'digest.html': digest.html,
    'digest.txt': `Subject: ${digest.subject}\nMessage-ID: <${digest.messageId}>\n${headers.join('')}\n${digest.text}`,
    'page.html': renderHtml(report),
    'terminal.txt': renderTerminal(report, { color: false, width: 80 }),
    'terminal.ansi': renderTerminal(report, { color: true, width: 100 }),
    'report.csv': renderCsv(report),
    'report.json': renderJson(report),
    ...Object.fromEntries(digest.attachments.map(({ filename, content }) => [filename, content])),
  };
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, `${name}.${file}`), content);
  console.log(`${name}: ${digest.subject}`);
}
