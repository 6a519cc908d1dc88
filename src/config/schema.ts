import { z } from 'zod';
import { compareTlsVersions } from '../model/protocol.ts';
import {
  absolutePath,
  fieldFacts,
  flag,
  hostUrl,
  listOf,
  oneOf,
  secret,
  text,
  tlsVersion,
  wholeNumber,
} from './field.ts';
import { isDateTimeFormat, isMailAddress, isSafeUrl, isSchedule, isTimeZone } from './rule.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TIB = 2 ** 40;

const loginUrl = hostUrl(
  'an https URL of a host and nothing else, such as https://acme.my.salesforce.com (http only for loopback hosts)',
  isSafeUrl,
);

// YAML reads an unquoted 65.0 as the number 65.
const apiVersion = z
  .preprocess(
    (value) => (typeof value === 'number' && Number.isInteger(value) ? `${value}.0` : value),
    z.string().regex(/^\d{2,3}\.0$/),
  )
  .register(fieldFacts, { kind: 'text', expected: 'a Salesforce API version such as 65.0' });

/** The roles that a setting may name; what they mean stands in src/acquire/setup-page/options.ts. */
const roles = listOf(
  oneOf([
    'alert',
    'button',
    'cell',
    'columnheader',
    'gridcell',
    'link',
    'menuitem',
    'row',
    'rowheader',
    'status',
    'tab',
  ]),
  'a list of ARIA roles',
).refine((names) => names.length > 0);

const labels = listOf(text(), 'a list of labels');

const setupPage = z.strictObject({
  path: text('a path such as /lightning/setup/EmailLogFiles/home', (value) => /^\/[\w./-]*$/.test(value)),
  browserPath: text('the path of a Chromium or Chrome program'),
  browserArguments: listOf(text(), 'a list of flags'),
  locale: text('a locale as Salesforce names it, such as en_US'),
  timeZone: text('an IANA time zone such as GMT or America/Chicago', isTimeZone),
  dateTimeFormat: text('a format of yyyy, M, d, H or h with a, and mm, such as M/d/yyyy h:mm a', isDateTimeFormat),
  requestButton: labels,
  startField: labels,
  endField: labels,
  submitButton: labels,
  startColumn: labels,
  endColumn: labels,
  statusColumn: labels,
  downloadLink: labels,
  noRequestsText: labels,
  pendingStatuses: labels,
  completeStatuses: labels,
  failedStatuses: labels,
  buttonRoles: roles,
  linkRoles: roles,
  rowRoles: roles,
  cellRoles: roles,
  messageRoles: roles,
  maxDaysPerRequest: wholeNumber(1, 30, 'days'),
  maxDaysBack: wholeNumber(1, 365, 'days'),
  maxOpenRequests: wholeNumber(1, 100),
  pageTimeoutMs: wholeNumber(1000, HOUR_MS, 'milliseconds'),
  labelTimeoutMs: wholeNumber(100, HOUR_MS, 'milliseconds'),
  completionTimeoutMs: wholeNumber(100, 24 * HOUR_MS, 'milliseconds'),
  pollMs: wholeNumber(50, HOUR_MS, 'milliseconds'),
  downloadTimeoutMs: wholeNumber(1000, 24 * HOUR_MS, 'milliseconds'),
  screenshotFolder: text('the path of a folder').nullable(),
});

const mailAddress = text('an e-mail address such as audit@example.com, without a display name', isMailAddress);

const policy = z
  .strictObject({
    minimum: tlsVersion(),
    maximum: tlsVersion().nullable(),
    exceptionsFile: text('the path of a YAML file').nullable(),
  })
  .superRefine(({ minimum, maximum }, context) => {
    if (maximum === null || compareTlsVersions(minimum, maximum) <= 0) return;
    // The default maximum is null: where the two clash, it is the maximum that somebody set.
    const expected = `null or a version not older than policy.minimum, which is ${minimum}`;
    context.addIssue({ code: 'custom', path: ['maximum'], input: maximum, params: { expected } });
  });

const chore = z.strictObject({
  enabled: flag(),
  schedule: text('a cron expression of 5 or 6 fields such as "30 5 * * *"', isSchedule),
  timezone: text('an IANA time zone such as UTC or Europe/Amsterdam', isTimeZone),
  jitterSeconds: wholeNumber(0, 3600, 'seconds'),
});

const job = chore.extend({
  firstRunDays: wholeNumber(1, 7, 'days'),
  catchUpDays: wholeNumber(1, 30, 'days'),
  reachDays: wholeNumber(1, 90, 'days'),
  timeLimitMinutes: wholeNumber(1, 1440, 'minutes'),
  phaseLimitMinutes: z.strictObject({
    finding: wholeNumber(1, 1440, 'minutes'),
    fetching: wholeNumber(1, 1440, 'minutes'),
    reading: wholeNumber(1, 1440, 'minutes'),
  }),
});

/** Where log files can come from. */
export const SOURCE_TYPES = ['files', 'event-log-file', 'directory', 'setup-page'] as const;

export type SourceType = (typeof SOURCE_TYPES)[number];

/** Every setting there is. Defaults and meanings stand in config/default.yaml. */
export const settingsSchema = z.strictObject({
  salesforce: z.strictObject({
    loginUrl,
    auth: oneOf(['jwt', 'client-credentials', 'refresh-token', 'sfdx-auth-url']),
    clientId: text('the consumer key of the External Client App').nullable(),
    clientSecret: secret('the consumer secret of the External Client App'),
    privateKey: secret('an RSA private key in PEM form, not encrypted, whose certificate the app holds'),
    refreshToken: secret('a refresh token that the app gave out'),
    authUrl: secret('an sf CLI auth URL: force://clientId:clientSecret:refreshToken@instance'),
    username: text('the user name of the Salesforce user the worker signs in as').nullable(),
    audience: text(
      'an https URL such as https://test.salesforce.com (http only for loopback hosts)',
      (value) => URL.canParse(value) && isSafeUrl(new URL(value)),
    ).nullable(),
    apiVersion,
    timeoutMs: wholeNumber(1000, HOUR_MS, 'milliseconds'),
  }),
  source: z.strictObject({
    type: oneOf(SOURCE_TYPES, 'files, event-log-file, directory or setup-page (experimental)'),
    files: z.strictObject({
      titlePattern: text('a title, with * for any characters'),
      library: text('the name of a library').nullable(),
      downloadTimeoutMs: wholeNumber(1000, 24 * HOUR_MS, 'milliseconds'),
    }),
    eventLogFile: z.strictObject({
      eventType: text('a value of EventLogFile.EventType', (value) => /^\w+$/.test(value)).nullable(),
      interval: oneOf(['any', 'Daily', 'Hourly']),
      downloadTimeoutMs: wholeNumber(1000, 24 * HOUR_MS, 'milliseconds'),
    }),
    directory: z.strictObject({
      path: text('the path of a folder').nullable(),
      pattern: text('a file name pattern such as *.{csv,csv.gz,zip}'),
    }),
    setupPage,
    overlapDays: wholeNumber(0, 14, 'days'),
    quietHours: wholeNumber(1, 168, 'hours').nullable(),
    maxFileBytes: wholeNumber(1, TIB, 'bytes'),
  }),
  policy,
  advice: z.strictObject({
    days: wholeNumber(1, 365, 'days'),
    minDeliveries: wholeNumber(1, 1_000_000, 'deliveries'),
    minDays: wholeNumber(1, 365, 'days'),
    maxListCharacters: wholeNumber(100, 1_000_000, 'characters'),
  }),
  report: z.strictObject({ timezone: text('an IANA time zone such as UTC or Europe/Amsterdam', isTimeZone) }),
  parse: z.strictObject({ dateOrder: oneOf(['auto', 'dmy', 'mdy']) }),
  history: z.strictObject({ path: absolutePath('the path of a file'), keepDays: wholeNumber(31, 3660, 'days') }),
  spool: z.strictObject({ path: text('the path of a folder').nullable() }),
  mail: z.strictObject({
    enabled: flag(),
    when: oneOf(['always', 'on-change', 'on-problem']),
    from: mailAddress.nullable(),
    to: listOf(mailAddress, 'a list of e-mail addresses'),
    smtp: z.strictObject({
      host: text('the host name of the mail server', (value) => !/[\s/@]/.test(value)).nullable(),
      port: wholeNumber(1, 65_535),
      security: oneOf(['starttls', 'tls', 'none']),
      minVersion: oneOf(['TLSv1.2', 'TLSv1.3']),
      verifyCertificate: flag(),
      caFile: text('the path of a PEM file').nullable(),
      username: text('the user name of the mailbox that sends').nullable(),
      password: secret('the password of mail.smtp.username'),
      timeoutMs: wholeNumber(1000, HOUR_MS, 'milliseconds'),
      timeLimitMinutes: wholeNumber(1, 1440, 'minutes'),
    }),
    attachViolations: flag(),
    mergeAfterHours: wholeNumber(1, 720, 'hours'),
  }),
  jobs: z.strictObject({
    'outbound-audit': job,
    'inbound-audit': job,
    'weekly-summary': chore,
    'history-pruning': chore,
  }),
  heartbeat: z.strictObject({
    url: secret(
      'the URL of a watchdog service (healthchecks.io and the like) that is pinged at start, success and failure',
    ),
    timeoutMs: wholeNumber(100, 60_000, 'milliseconds'),
  }),
  worker: z.strictObject({ graceSeconds: wholeNumber(0, 3600, 'seconds') }),
  health: z.strictObject({
    host: text('an IP address or host name of this machine', (value) => !/[\s/@]/.test(value)),
    port: wholeNumber(1, 65_535).nullable(),
  }),
  log: z.strictObject({
    level: oneOf(['error', 'warn', 'info', 'debug']),
    format: oneOf(['auto', 'json', 'text']),
  }),
});

export type Settings = z.infer<typeof settingsSchema>;
