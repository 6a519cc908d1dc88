import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Logger } from '../../support/logger.ts';

/** Keeps a picture of what the browser shows, in a folder for this user only. Never fails. */
export async function takePicture(page: Page, folder: string, logger: Logger): Promise<void> {
  const path = join(folder, `setup-page-${Date.now()}.png`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await page.screenshot({ path });
    logger.warn('a picture of the page was taken: it may show addresses', { path });
  } catch {
    logger.warn('no picture of the page could be taken', { path });
  }
}
