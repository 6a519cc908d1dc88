// Started by killed-browser.test.ts, which kills it: opens a page in a browser, and waits.
import { writeSync } from 'node:fs';
import { launchBrowser } from '../../../src/acquire/setup-page/browser.ts';

const [spoolFolder = '', url = '', flag = ''] = process.argv.slice(2);
const { PATH = '' } = process.env;
const { browser } = await launchBrowser(
  { browserPath: '/usr/bin/chromium', browserArguments: [flag], pageTimeoutMs: 60_000 },
  { browserEnvironment: { PATH, HOME: spoolFolder }, spoolFolder },
);
const page = await (await browser.newContext()).newPage();
await page.goto(url);
writeSync(1, 'open\n');
setInterval(() => undefined, 1000);
