import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// Takes pictures of what scripts/render-samples.ts wrote, with the machine's Chromium:
// node scripts/screenshot.ts FOLDER [PART-OF-A-FILE-NAME]

const [folder, only = ''] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder of the samples: node scripts/screenshot.ts FOLDER');

const DIGEST_SHOTS = [
  { label: 'desktop', width: 640, dark: false },
  { label: 'phone', width: 320, dark: false },
  { label: 'phone-dark', width: 320, dark: true },
];
const PAGE_SHOTS = [
  { label: 'desktop', width: 1200, dark: false },
  { label: 'desktop-dark', width: 1200, dark: true },
  { label: 'phone', width: 360, dark: false },
];

for (const file of readdirSync(folder).filter((name) => name.endsWith('.html') && name.includes(only))) {
  // A picture of ten thousand rows shows nothing that the first screens do not.
  const height = file.startsWith('huge.page') ? 2000 : 2600;
  for (const { label, width, dark } of file.includes('.digest.') ? DIGEST_SHOTS : PAGE_SHOTS) {
    takePicture(resolve(folder, file), resolve(folder, file.replace('.html', `.${label}.png`)), {
      width,
      height,
      dark,
    });
  }
}

function takePicture(page: string, picture: string, look: { width: number; height: number; dark: boolean }): void {
  const profile = mkdtempSync(join(tmpdir(), 'tls-audit-chromium-'));
  try {
    // Headless Chromium widens windows below 500 pixels: a frame of the wanted width shows what a phone would.
    const frame = join(profile, 'frame.html');
    const size = `width:${look.width}px;height:${look.height}px;border:0;display:block`;
    writeFileSync(
      frame,
      `<!DOCTYPE html><meta name="color-scheme" content="light dark"><body style="margin:0"><iframe style="${size}" src="${pathToFileURL(page).href}"></iframe>`,
    );
    const result = spawnSync(
      'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--hide-scrollbars',
        // Blink's settings count dark as 0 and light as 1.
        `--blink-settings=preferredColorScheme=${look.dark ? 0 : 1}`,
        `--user-data-dir=${profile}`,
        `--window-size=${look.width},${look.height}`,
        `--screenshot=${picture}`,
        pathToFileURL(frame).href,
      ],
      { encoding: 'utf8', timeout: 60_000 },
    );
    if (result.error !== undefined) throw new Error(`chromium cannot be run: ${result.error.message}`);
    if (result.status !== 0) throw new Error(`chromium failed on ${page}: ${result.stderr}`);
    console.log(picture);
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
