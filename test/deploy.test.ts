import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { fields, variablesOf } from '../src/config/catalogue.ts';
import { loadSettings } from '../src/config/loading.ts';
import { createProgram } from '../src/commands/program.ts';
import { packageRoot } from '../src/support/package-info.ts';
import { withFile } from './config/temporary-file.ts';

const FOLDER = join(packageRoot, 'deploy');
const VARIABLES = new Set(fields.flatMap(variablesOf));

type Tree = Record<string, unknown>;

function documentsOf(name: string): Tree[] {
  return parseAllDocuments(readFileSync(join(FOLDER, name), 'utf8')).map((document) => {
    expect([name, document.errors, document.warnings]).toEqual([name, [], []]);
    return document.toJS() as Tree;
  });
}

/** Everything under a key of this name, at any depth. */
function everyUnder(tree: unknown, key: string): unknown[] {
  if (Array.isArray(tree)) return tree.flatMap((item: unknown) => everyUnder(item, key));
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([name, value]: [string, unknown]) => [
    ...(name === key ? [value] : []),
    ...everyUnder(value, key),
  ]);
}

/** A command line the program knows: its command and every option. */
function expectKnown(args: readonly string[]): void {
  const [name = '', ...rest] = args;
  const command = createProgram({} as never, () => undefined).commands.find((candidate) => candidate.name() === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  const known = command.options.map(({ long }) => long);
  for (const option of rest.filter((arg) => arg.startsWith('--'))) expect(known).toContain(option);
}

/** `[Section]` to its lines `Key=Value`. */
function unitOf(name: string): Map<string, [string, string][]> {
  const sections = new Map<string, [string, string][]>();
  let current: [string, string][] = [];
  for (const line of readFileSync(join(FOLDER, 'systemd', name), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const section = /^\[(\w+)\]$/.exec(line)?.[1];
    if (section !== undefined) {
      current = [];
      sections.set(section, current);
      continue;
    }
    const [, key, value] = /^([A-Z][A-Za-z]+)=(.+)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) throw new Error(`${name}: ${line}`);
    current.push([key, value]);
  }
  return sections;
}

describe('the manifest for compose', () => {
  const [compose] = documentsOf('compose.yaml') as [
    Tree & { services: Record<string, Tree>; secrets: Tree; volumes: Tree },
  ];
  const service = compose.services['tls-audit']!;

  it('starts a command there is, with variables there are, and secrets and volumes it declares', () => {
    expectKnown(service['command'] as string[]);
    const environment = Object.keys(service['environment'] as Tree);
    expect(environment.filter((name) => !VARIABLES.has(name))).toEqual([]);
    expect(service['secrets']).toEqual(Object.keys(compose.secrets));
    expect(Object.keys(compose.volumes)).toEqual(['tls-audit-data']);
    expectKnown((service['healthcheck'] as { test: string[] }).test.slice(3));
  });

  it('leaves a run its grace period', () => {
    expect(service['stop_grace_period']).toBe('30s');
    const environment = service['environment'] as Tree;
    expect(Number(environment['TLS_AUDIT_WORKER_GRACE_SECONDS'])).toBeLessThan(30);
  });
});

describe.each(['kubernetes-worker.yaml', 'kubernetes-cronjob.yaml'])('the manifest %s', (name) => {
  const documents = documentsOf(name);
  const shared = documentsOf('kubernetes-worker.yaml');

  it('holds objects with apiVersion, kind and name', () => {
    for (const document of documents) {
      expect(document).toMatchObject({
        apiVersion: expect.stringMatching(/^(v1|apps\/v1|batch\/v1)$/),
        kind: expect.stringMatching(/^(PersistentVolumeClaim|ConfigMap|Deployment|CronJob)$/),
        metadata: { name: expect.stringMatching(/^[a-z-]+$/) },
      });
    }
  });

  it('starts commands there are, with variables there are', () => {
    const commands = everyUnder(documents, 'args') as string[][];
    expect(commands.length).toBeGreaterThan(0);
    for (const args of commands) expectKnown(args);
    const variables = (everyUnder(documents, 'env') as { name: string }[][]).flat();
    expect(variables.length).toBeGreaterThan(2);
    expect(variables.filter((variable) => !VARIABLES.has(variable.name))).toEqual([]);
  });

  it('mounts volumes it declares, and claims, settings and secrets there are', () => {
    for (const pod of everyUnder(documents, 'spec').filter(
      (spec): spec is Tree => typeof spec === 'object' && spec !== null && 'containers' in spec,
    )) {
      const declared = (pod['volumes'] as { name: string }[]).map((volume) => volume.name);
      const mounted = (everyUnder(pod['containers'], 'volumeMounts') as { name: string }[][])
        .flat()
        .map((mount) => mount.name);
      expect(mounted.toSorted()).toEqual(declared.toSorted());
      expect(pod['securityContext']).toMatchObject({ runAsNonRoot: true });
    }
    const claims = shared
      .filter(({ kind }) => kind === 'PersistentVolumeClaim')
      .map(({ metadata }) => (metadata as { name: string }).name);
    for (const claim of everyUnder(documents, 'claimName')) expect(claims).toContain(claim);
  });
});

it('the settings in the manifest for Kubernetes are settings', () => {
  const map = documentsOf('kubernetes-worker.yaml').find(({ kind }) => kind === 'ConfigMap') as {
    data: Record<string, string>;
  };
  const settings = withFile('tls-audit.yaml', map.data['tls-audit.yaml']!, (configFile) =>
    loadSettings({ configFile, env: {} }),
  );
  expect(settings.mail.to).toEqual(['admin@example.com']);
});

it('runs of a CronJob never overlap, and its schedules are those of the worker', () => {
  const jobs = documentsOf('kubernetes-cronjob.yaml') as { metadata: { name: string }; spec: Tree }[];
  const defaults = loadSettings({ env: {} }).jobs;
  expect(jobs.map(({ spec }) => spec['schedule'])).toEqual(
    Object.values(defaults)
      .filter(({ enabled }) => enabled)
      .map(({ schedule }) => schedule),
  );
  for (const { spec } of jobs) expect(spec).toMatchObject({ concurrencyPolicy: 'Forbid', timeZone: 'Etc/UTC' });
});

describe('the units for systemd', () => {
  it.each(readdirSync(join(FOLDER, 'systemd')))('%s is well-formed', (name) => {
    const unit = unitOf(name);
    expect([...unit.keys()].filter((section) => !['Unit', 'Service', 'Timer', 'Install'].includes(section))).toEqual(
      [],
    );
    const service = unit.get('Service') ?? [];
    for (const [, command] of service.filter(([key]) => key === 'ExecStart')) {
      expect(command).toMatch(/^\/usr\/bin\/tls-audit /);
      expectKnown(command.split(' ').slice(1));
    }
    const variables = service.filter(([key]) => key === 'Environment').map(([, value]) => value.split('=', 1)[0] ?? '');
    expect(variables.filter((variable) => !VARIABLES.has(variable))).toEqual([]);
    const credentials = service.filter(([key]) => key === 'LoadCredential').map(([, value]) => value.split(':', 1)[0]);
    const used = service.flatMap(([, value]) => /%d\/(.+)$/.exec(value)?.[1] ?? []);
    expect(used.toSorted()).toEqual(credentials.toSorted());
  });

  it('the timer starts the service of its name and makes up for a machine that was off', () => {
    expect(readdirSync(join(FOLDER, 'systemd'))).toEqual(
      expect.arrayContaining(['tls-audit.timer', 'tls-audit.service']),
    );
    expect(unitOf('tls-audit.timer').get('Timer')).toContainEqual(['Persistent', 'true']);
    expect(new Map(unitOf('tls-audit.service').get('Service')).get('Type')).toBe('oneshot');
  });
});
