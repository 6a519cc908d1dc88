import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import type { z } from 'zod';
import { chores, jobs } from '../../jobs/index.ts';
import { fields, variablesOf } from '../../src/config/catalogue.ts';
import { CONFIG_VARIABLE } from '../../src/config/environment.ts';
import { loadSettings } from '../../src/config/loading.ts';
import { createProgram } from '../../src/commands/program.ts';
import { packageRoot } from '../../src/support/package-info.ts';
import { withFile } from '../config/temporary-file.ts';
import { compose as composeSchema, type cronJob, type deployment, manifest } from './deploy-schemas.ts';

const FOLDER = join(packageRoot, 'deploy');
const UNITS = join(FOLDER, 'systemd');
const VARIABLES = new Set([CONFIG_VARIABLE, ...fields.flatMap(variablesOf)]);
const NAMES: readonly string[] = [...jobs, ...chores].map(({ name }) => name);
const DEFAULTS = loadSettings({ env: {} });
const LONGEST_RUN_SECONDS = Math.max(...jobs.map(({ name }) => DEFAULTS.jobs[name].timeLimitMinutes * 60));

function documentsOf(name: string): unknown[] {
  return parseAllDocuments(readFileSync(join(FOLDER, name), 'utf8')).map((document) => {
    expect([name, document.errors, document.warnings]).toEqual([name, [], []]);
    return document.toJS() as unknown;
  });
}

/** A command line the program knows: its command, every option, and the job where it names one. */
function expectKnown(args: readonly string[]): void {
  const [name = '', ...rest] = args;
  const command = createProgram({} as never, () => undefined).commands.find((candidate) => candidate.name() === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  const known = command.options.map(({ long }) => long);
  for (const option of rest.filter((arg) => arg.startsWith('--'))) expect(known).toContain(option);
  if (name === 'run') expect(NAMES).toContain(rest[0]);
}

/** Variables there are, with values the program takes; a secret's file has to lie in the folder of the secrets. */
function expectSettings(env: Readonly<Record<string, string>>, secrets: string): void {
  expect(Object.keys(env).filter((name) => !VARIABLES.has(name))).toEqual([]);
  const files = Object.entries(env).filter(([name]) => name.endsWith('_FILE'));
  expect(files.length).toBeGreaterThan(0);
  for (const [, path] of files) expect(dirname(path)).toBe(secrets);
  const isElsewhere = (name: string) => name.endsWith('_FILE') || name === CONFIG_VARIABLE;
  loadSettings({ env: Object.fromEntries(Object.entries(env).filter(([name]) => !isElsewhere(name))) });
}

describe('the manifest for compose', () => {
  const [document] = documentsOf('compose.yaml');
  const compose = composeSchema.parse(document);
  const service = compose.services['tls-audit'];

  it('starts a command there is, with variables there are, and secrets and volumes it declares', () => {
    expectKnown(service.command);
    expectSettings(service.environment, '/run/secrets');
    expect(service.secrets).toEqual(Object.keys(compose.secrets));
    const named = Object.values(service.environment).filter((value) => value.startsWith('/run/secrets/'));
    expect(named.map((path) => path.slice('/run/secrets/'.length)).toSorted()).toEqual(service.secrets.toSorted());
    const mounted = service.volumes.map((volume) => volume.split(':'));
    expect(mounted.map(([source]) => source).filter((source) => !source?.startsWith('./'))).toEqual(
      Object.keys(compose.volumes),
    );
    const targets = mounted.map(([, target]) => target);
    expect(targets).toContain(dirname(service.environment['TLS_AUDIT_HISTORY_PATH'] ?? ''));
    expect(targets).toContain(service.environment[CONFIG_VARIABLE]);
    expect(service.tmpfs).toEqual(['/tmp']);
  });

  it('asks the worker how it is, as the image does', () => {
    const [kind, ...command] = service.healthcheck.test;
    expect(kind).toBe('CMD');
    expectKnown(command.slice(2));
    // It sees the environment of the worker and none of its options.
    expect(service.command).toEqual(['worker']);
    const dockerfile = readFileSync(join(packageRoot, 'Dockerfile'), 'utf8');
    expect(dockerfile).toContain(JSON.stringify(command).replaceAll(',', ', '));
  });

  it('leaves a run its grace period', () => {
    const grace = Number(service.environment['TLS_AUDIT_WORKER_GRACE_SECONDS']);
    expect(grace).toBeGreaterThan(0);
    expect(grace).toBeLessThan(Number.parseInt(service.stop_grace_period, 10));
  });
});

type Pod = (z.infer<typeof deployment> | z.infer<typeof cronJob>['spec']['jobTemplate'])['spec']['template']['spec'];

describe.each(['kubernetes-worker.yaml', 'kubernetes-cronjob.yaml'])('the manifest %s', (name) => {
  const documents = documentsOf(name).map((document) => manifest.parse(document));
  const shared = documentsOf('kubernetes-worker.yaml').map((document) => manifest.parse(document));
  const pods: Pod[] = documents.flatMap((document): Pod[] => {
    if (document.kind === 'Deployment') return [document.spec.template.spec];
    return document.kind === 'CronJob' ? [document.spec.jobTemplate.spec.template.spec] : [];
  });
  const namesOf = (kind: string) =>
    shared.filter((document) => document.kind === kind).map(({ metadata }) => metadata.name);

  it('starts commands there are, with variables there are', () => {
    expect(pods.length).toBeGreaterThan(0);
    for (const {
      containers: [container],
    } of pods) {
      expectKnown(container.args);
      expectSettings(
        Object.fromEntries(container.env.map((variable) => [variable.name, variable.value])),
        '/run/secrets/tls-audit',
      );
    }
  });

  it('mounts volumes it declares, claims, settings and secrets there are, and all that the program needs', () => {
    for (const {
      volumes,
      containers: [container],
    } of pods) {
      expect(container.volumeMounts.map((mount) => mount.name).toSorted()).toEqual(
        volumes.map((volume) => volume.name).toSorted(),
      );
      const sourceAt = (path: string) => {
        const mount = container.volumeMounts.find(({ mountPath }) => mountPath === path);
        return { writable: mount?.readOnly !== true, source: volumes.find((volume) => volume.name === mount?.name) };
      };
      const variable = (wanted: string) => container.env.find((candidate) => candidate.name === wanted)?.value ?? '';
      expect(sourceAt(dirname(variable('TLS_AUDIT_HISTORY_PATH')))).toMatchObject({
        writable: true,
        source: { persistentVolumeClaim: { claimName: namesOf('PersistentVolumeClaim')[0] } },
      });
      expect(sourceAt('/tmp')).toMatchObject({ writable: true, source: { emptyDir: {} } });
      expect(sourceAt(dirname(variable(CONFIG_VARIABLE)))).toMatchObject({
        writable: false,
        source: { configMap: { name: namesOf('ConfigMap')[0] } },
      });
      expect(sourceAt('/run/secrets/tls-audit')).toMatchObject({ writable: false, source: { secret: {} } });
    }
  });

  it('names secrets as the command in its head creates them', () => {
    const [, secret, ...keys] =
      /create secret generic (\S+) --from-file=(\S+) --from-file=(\S+)/.exec(
        readFileSync(join(FOLDER, 'kubernetes-worker.yaml'), 'utf8'),
      ) ?? [];
    for (const {
      volumes,
      containers: [container],
    } of pods) {
      expect(volumes).toContainEqual({ name: 'secrets', secret: { secretName: secret } });
      const files = container.env
        .filter((variable) => variable.name.endsWith('_FILE'))
        .map(({ value }) => value.split('/').at(-1));
      expect(files.toSorted()).toEqual(keys.toSorted());
    }
  });
});

describe('the worker on Kubernetes', () => {
  const documents = documentsOf('kubernetes-worker.yaml').map((document) => manifest.parse(document));
  const worker = documents.find((document) => document.kind === 'Deployment')!;
  const { spec: pod, metadata } = worker.spec.template;
  const [container] = pod.containers;

  it('is asked for its health where it answers', () => {
    expect(container.livenessProbe?.httpGet.path).toBe('/healthz');
    expect(container.readinessProbe?.httpGet.path).toBe('/readyz');
    expect(container.ports).toEqual([{ name: 'health', containerPort: DEFAULTS.health.port }]);
    expect(container.env).toContainEqual({ name: 'TLS_AUDIT_HEALTH_HOST', value: '0.0.0.0' });
    expect(metadata.annotations['prometheus.io/port']).toBe(String(DEFAULTS.health.port));
    expect(worker.spec.selector.matchLabels).toEqual(metadata.labels);
  });

  it('leaves a run its grace period', () => {
    const grace = Number(container.env.find((variable) => variable.name === 'TLS_AUDIT_WORKER_GRACE_SECONDS')?.value);
    expect(grace).toBeGreaterThan(0);
    expect(grace).toBeLessThan(pod.terminationGracePeriodSeconds);
  });

  it('has settings that are settings', () => {
    const map = documents.find((document) => document.kind === 'ConfigMap')!;
    const settings = withFile('tls-audit.yaml', map.data['tls-audit.yaml'], (configFile) =>
      loadSettings({ configFile, env: {} }),
    );
    expect(settings.mail.to).toEqual(['admin@example.com']);
  });
});

/** The schedules of what the worker runs by itself. */
const SCHEDULES = Object.entries(DEFAULTS.jobs).filter(([, { enabled }]) => enabled);

it('the CronJobs are what the worker runs by itself, and give a run the time it may take', () => {
  const cronJobs = documentsOf('kubernetes-cronjob.yaml').map((document) => manifest.parse(document));
  const found = cronJobs.map((job) => {
    if (job.kind !== 'CronJob') throw new Error(`${job.metadata.name} is no CronJob`);
    const { activeDeadlineSeconds, template } = job.spec.jobTemplate.spec;
    expect(activeDeadlineSeconds).toBeGreaterThan(LONGEST_RUN_SECONDS);
    const [command, what] = template.spec.containers[0].args;
    return [command === 'worker' ? 'outbound-audit' : what, job.spec.schedule];
  });
  expect(found).toEqual(SCHEDULES.map(([name, { schedule }]) => [name, schedule]));
});

/** `[Section]` to its lines `Key=Value`. */
function unitOf(name: string): Map<string, [string, string][]> {
  const sections = new Map<string, [string, string][]>();
  let current: [string, string][] = [];
  for (const line of readFileSync(join(UNITS, name), 'utf8').split('\n')) {
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

/** Keys of systemd.unit(5), systemd.service(5), systemd.timer(5) and systemd.exec(5) that the units use. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  Unit: ['Description', 'Wants', 'After', 'StartLimitIntervalSec', 'StartLimitBurst'],
  Service: [
    ...['Type', 'Restart', 'RestartSec', 'TimeoutStartSec', 'TimeoutStopSec', 'ExecStart', 'ExecReload', 'User'],
    ...['StateDirectory', 'StateDirectoryMode', 'Environment', 'LoadCredential', 'NoNewPrivileges', 'PrivateTmp'],
    ...['ProtectHome', 'ProtectSystem', 'RestartPreventExitStatus'],
  ],
  Timer: ['Unit', 'OnCalendar', 'Persistent', 'RandomizedDelaySec'],
  Install: ['WantedBy'],
};

describe('the units for systemd', () => {
  const names = readdirSync(UNITS);
  const timers = names.filter((name) => name.endsWith('.timer'));
  const startedBy = (timer: string) =>
    new Map(unitOf(timer).get('Timer')).get('Unit') ?? timer.replace('.timer', '.service');

  it.each(names)('%s is well-formed', (name) => {
    for (const [section, lines] of unitOf(name)) {
      expect(lines.map(([key]) => key).filter((key) => KEYS[section]?.includes(key) !== true)).toEqual([]);
    }
    const service = unitOf(name).get('Service') ?? [];
    const instances = timers.flatMap((timer) => /@(.+)\.service$/.exec(startedBy(timer))?.[1] ?? []);
    for (const [, command] of service.filter(([key]) => key === 'ExecStart')) {
      expect(command).toMatch(/^\/usr\/bin\/tls-audit /);
      for (const instance of name.includes('@') ? instances : ['']) {
        expectKnown(command.replace('%i', instance).split(' ').slice(1));
      }
    }
    if (service.length === 0) return;
    const environment = service.filter(([key]) => key === 'Environment').map(([, value]) => value.split(/=(.*)/s, 2));
    expectSettings(Object.fromEntries(environment) as Record<string, string>, '%d');
    const credentials = service.filter(([key]) => key === 'LoadCredential').map(([, value]) => value.split(':', 1)[0]);
    const used = service.flatMap(([, value]) => /%d\/(.+)$/.exec(value)?.[1] ?? []);
    expect(used.toSorted()).toEqual(credentials.toSorted());
    const facts = new Map(service);
    expect(facts.get('StateDirectory')).toBe('tls-audit');
    expect(environment).toContainEqual(['TLS_AUDIT_HISTORY_PATH', '/var/lib/tls-audit/history.db']);
    if (facts.get('Type') === 'oneshot') {
      expect(Number.parseInt(facts.get('TimeoutStartSec') ?? '', 10) * 3600).toBeGreaterThan(LONGEST_RUN_SECONDS);
    } else {
      expect(Number(facts.get('TimeoutStopSec'))).toBeGreaterThan(DEFAULTS.worker.graceSeconds);
    }
  });

  it('the timers start what the worker runs by itself, at its times, and make up for a machine that was off', () => {
    const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
    const found = timers.map((timer) => {
      const facts = new Map(unitOf(timer).get('Timer'));
      expect([timer, facts.get('Persistent')]).toEqual([timer, 'true']);
      const service = startedBy(timer);
      const [template = '', instance] = service.split(/@|\.service$/);
      expect(names).toContain(instance === '' ? service : `${template}@.service`);
      const [, day, hour, minute] =
        /^(?:(\w{3}) )?\*-\*-\* (\d\d):(\d\d):00 UTC$/.exec(facts.get('OnCalendar') ?? '') ?? [];
      const cron = [Number(minute), Number(hour), '*', '*', day === undefined ? '*' : DAYS.indexOf(day)].join(' ');
      return [instance === '' ? 'outbound-audit' : instance, cron];
    });
    expect(found.toSorted()).toEqual(SCHEDULES.map(([name, { schedule }]) => [name, schedule]).toSorted());
  });

  const analyze = 'systemd-analyze';
  const isThere = spawnSync(analyze, ['--version']).status === 0;
  if (!isThere)
    process.stderr.write('SKIPPED: systemd-analyze verify of deploy/systemd: there is no systemd-analyze here\n');
  (isThere ? it : it.skip)('systemd finds nothing wrong with them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tls-audit-units-'));
    try {
      // The program is not installed here; everything else stands as it is.
      for (const name of names) {
        const unit = readFileSync(join(UNITS, name), 'utf8');
        writeFileSync(join(folder, name), unit.replaceAll('/usr/bin/tls-audit ', '/bin/true '));
      }
      const units = [...new Set([...timers, ...timers.map(startedBy), 'tls-audit-worker.service'])];
      const { stderr } = spawnSync(analyze, ['verify', ...units.map((name) => join(folder, name))], {
        encoding: 'utf8',
      });
      expect(stderr.split('\n').filter((line) => line.includes('tls-audit'))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
