// A process of its own that runs the nightly job once at a given time: `node late-night.ts SETTINGS NOW`.
import { outboundAudit } from '../../jobs/outbound-audit.ts';
import { loadSettings } from '../../src/config/loading.ts';
import { runJob } from '../../src/job/run-job.ts';

const [configFile = '', now = ''] = process.argv.slice(2);
const clock = { now: () => new Date(now) };
const settings = loadSettings({ env: {}, configFile });
const request = { job: outboundAudit, settings, explicit: undefined, dry: false, mail: true, clock };
await runJob(request, { stderr: process.stderr }, new AbortController().signal);
