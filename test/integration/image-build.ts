import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, matchesGlob, posix, relative } from 'node:path';

// Builds what a Dockerfile describes without a container engine: a folder stands for the root of each stage, and an
// absolute path of an instruction is a path below it. An instruction this file does not know ends the build.

interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  /** The folder that stands for `/`. */
  readonly root: string;
  readonly name: string | undefined;
  workdir: string;
  user: string;
  entrypoint: readonly string[];
  command: readonly string[];
  healthcheck: readonly string[];
  readonly volumes: string[];
  readonly env: Record<string, string>;
  /** `user:group path` of every chown, which only root could do. */
  readonly owners: string[];
}

/** The instructions, comments dropped and continued lines joined. */
function readInstructions(dockerfile: string): Instruction[] {
  const lines = dockerfile.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  const joined = lines.join('\n').replaceAll(/\\\n\s*/g, '');
  return joined.split('\n').map((line) => {
    const [, name, text] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === undefined || text === undefined) throw new Error(`not an instruction: ${line}`);
    return { name, text: text.trim() };
  });
}

/** Gives the stages in order; the last one is the image. */
export async function buildImage(options: {
  /** The folder of the Dockerfile and of the build context. */
  readonly context: string;
  /** An empty folder to build in. */
  readonly place: string;
  /** What `npm` needs of this machine: where packages are kept, how to get out. */
  readonly env: Readonly<Record<string, string>>;
}): Promise<Stage[]> {
  const { context, place, env } = options;
  const isInContext = await readIgnoreFile(context);
  const tools = await makeTools(join(place, 'tools'));
  const stages: Stage[] = [];
  for (const { name, text } of readInstructions(await readFile(join(context, 'Dockerfile'), 'utf8'))) {
    if (name === 'FROM') {
      stages.push(await beginStage(text, join(place, `stage-${stages.length}`)));
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`${name} before the first FROM`);
    switch (name) {
      case 'WORKDIR':
        stage.workdir = posix.resolve(stage.workdir, text);
        await mkdir(join(stage.root, stage.workdir), { recursive: true });
        break;
      case 'COPY':
        await copy(text, stage, stages, { context, isInContext });
        break;
      case 'RUN':
        run(text, stage, tools, env);
        break;
      case 'ENV':
        Object.assign(stage.env, readAssignment(text));
        break;
      case 'USER':
        stage.user = text;
        break;
      case 'VOLUME':
        stage.volumes.push(text);
        break;
      case 'HEALTHCHECK':
        stage.healthcheck = readList(text.replace(/^(--\S+\s+)*CMD\s+/, ''));
        break;
      case 'ENTRYPOINT':
        stage.entrypoint = readList(text);
        break;
      case 'CMD':
        stage.command = readList(text);
        break;
      default:
        throw new Error(`this builder does not know ${name} ${text}`);
    }
  }
  return stages;
}

/** Words of the image with its absolute paths turned into paths of this machine. */
export function outside(stage: Stage, words: readonly string[]): string[] {
  return words.map((word) => (isAbsolute(word) ? join(stage.root, word) : word));
}

async function beginStage(from: string, root: string): Promise<Stage> {
  const [, name] = /^\S+\s+AS\s+(\S+)$/i.exec(from) ?? [];
  await mkdir(root);
  const blank = { workdir: '/', user: 'root', entrypoint: [], command: [], healthcheck: [] };
  return { root, name, ...blank, volumes: [], env: {}, owners: [] };
}

/** `chown` needs root and the users of the base image: this one checks that the path is there and says whose it is. */
async function makeTools(folder: string): Promise<string> {
  await mkdir(folder);
  const chown = join(folder, 'chown');
  await writeFile(chown, '#!/bin/sh\ntest -e "$2" || exit 1\necho "CHOWN $1 $2"\n');
  await chmod(chown, 0o755);
  return folder;
}

function run(text: string, stage: Stage, tools: string, env: Readonly<Record<string, string>>): void {
  const command = text.replaceAll(/(?<=^|\s)\/(?=\w)/g, `${stage.root}/`);
  const path = [tools, dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':');
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], {
    cwd: join(stage.root, stage.workdir),
    env: { ...env, ...stage.env, PATH: path },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`RUN ${text} ended with ${String(status)}:\n${stdout}\n${stderr}`);
  for (const [, owner = '', target = ''] of stdout.matchAll(/^CHOWN (\S+) (\S+)$/gm)) {
    stage.owners.push(`${owner} /${relative(stage.root, target)}`);
  }
}

async function copy(
  text: string,
  stage: Stage,
  stages: readonly Stage[],
  build: { readonly context: string; readonly isInContext: (path: string) => boolean },
): Promise<void> {
  const [, from, rest = ''] = /^(?:--from=(\S+)\s+)?(.*)$/.exec(text) ?? [];
  const names = rest.split(/\s+/);
  const target = names.pop();
  if (target === undefined || names.length === 0 || rest.includes('--'))
    throw new Error(`COPY ${text}: not understood`);
  const source = from === undefined ? undefined : stages.find((candidate) => candidate.name === from);
  if (from !== undefined && source === undefined) throw new Error(`COPY ${text}: there is no stage ${from}`);
  const base = source?.root ?? build.context;
  const isWanted = (path: string) => source !== undefined || build.isInContext(relative(base, path));
  const destination = join(stage.root, posix.resolve(stage.workdir, target));
  const isFolder = /(^|\/)\.?\/?$/.test(target);
  if (names.length > 1 && !isFolder) throw new Error(`COPY ${text}: several sources need a folder`);
  for (const name of names) {
    const path = join(base, name);
    if (!existsSync(path) || !isWanted(path)) throw new Error(`COPY ${text}: ${name} is not there`);
    const isFile = (await stat(path)).isFile();
    const copied = isFolder && isFile ? join(destination, basename(path)) : destination;
    await cp(path, copied, { recursive: true, verbatimSymlinks: true, filter: (inner) => isWanted(inner) });
  }
}

/**
 * What of the context the engine gets to see: the last pattern of .dockerignore that fits the path or a folder above it
 * decides. A folder is also walked into where an exception lies below it.
 */
async function readIgnoreFile(context: string): Promise<(path: string) => boolean> {
  const lines = (await readFile(join(context, '.dockerignore'), 'utf8')).split('\n').map((line) => line.trim());
  const rules = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ isException: line.startsWith('!'), pattern: line.replace(/^!/, '').replace(/\/$/, '') }));
  return (path) => {
    const segments = path.split('/');
    const above = segments.map((_, index) => segments.slice(0, index + 1).join('/'));
    const deciding = rules.findLast(({ pattern }) => above.some((folder) => matchesGlob(folder, pattern)));
    if (deciding === undefined || deciding.isException) return true;
    return rules.some(({ isException, pattern }) => isException && pattern.startsWith(`${path}/`));
  };
}

function readAssignment(text: string): Record<string, string> {
  const [, name, value] = /^(\w+)=(\S*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error(`ENV ${text}: one NAME=value without spaces expected`);
  return { [name]: value };
}

/** The form without a shell: signals reach the program itself. */
function readList(text: string): string[] {
  const list: unknown = JSON.parse(text);
  if (Array.isArray(list) && list.every((word) => typeof word === 'string')) return list;
  throw new Error(`not a list of words: ${text}`);
}
