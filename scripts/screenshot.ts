import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContextOptions, chromium } from 'playwright-core';

// Takes pictures of what scripts/render-samples.ts wrote, with the machine's Chromium:
// node scripts/screenshot.ts FOLDER [PART-OF-A-FILE-NAME]

const [folder, only = ''] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder of the samples: node scripts/screenshot.ts FOLDER');

/** A picture of ten thousand rows shows nothing that the first screens do not. */
const MAX_HEIGHT = 4000;

interface Shot {
  readonly label: string;
  readonly width: number;
  readonly look?: BrowserContextOptions;
  readonly media?: 'print';
  /** As a mail client shows it that loads no images. */
  readonly withoutImages?: boolean;
}

const DARK = { colorScheme: 'dark' } as const;

const DIGEST_SHOTS: readonly Shot[] = [
  { label: 'light', width: 700 },
  { label: 'dark', width: 700, look: DARK },
  { label: '320', width: 320 },
  { label: '320-dark', width: 320, look: DARK },
  { label: 'images-off', width: 700, withoutImages: true },
];
const PAGE_SHOTS: readonly Shot[] = [
  { label: 'light', width: 1200 },
  { label: 'dark', width: 1200, look: DARK },
  { label: 'phone', width: 320 },
  // A4, landscape, without its margins, at 96 pixels an inch.
  { label: 'print', width: 1032, media: 'print' },
];

const images = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-quic'] });
const noImages = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-quic', '--blink-settings=imagesEnabled=false'],
});
try {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.html') && name.includes(only))) {
    for (const shot of file.includes('.digest.') ? DIGEST_SHOTS : PAGE_SHOTS) {
      await takePicture(resolve(folder, file), resolve(folder, file.replace('.html', `.${shot.label}.png`)), shot);
    }
  }
} finally {
  await images.close();
  await noImages.close();
}

async function takePicture(source: string, picture: string, shot: Shot): Promise<void> {
  const browser = shot.withoutImages === true ? noImages : images;
  const context = await browser.newContext({ viewport: { width: shot.width, height: 800 }, ...shot.look });
  const page = await context.newPage();
  if (shot.media !== undefined) await page.emulateMedia({ media: shot.media });
  await page.goto(pathToFileURL(source).href);
  const height = Math.min(MAX_HEIGHT, Number(await page.evaluate('document.documentElement.scrollHeight')));
  await page.setViewportSize({ width: shot.width, height });
  await page.screenshot({ path: picture });
  await context.close();
  console.log(picture);
}
