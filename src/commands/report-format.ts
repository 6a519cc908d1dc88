import type { Report } from '../model/report.ts';
import { renderCsv } from '../report/csv.ts';
import { renderHtml } from '../report/html.ts';
import { renderJson } from '../report/json.ts';
import { renderTerminal, type Screen } from '../report/terminal.ts';
import { UsageError } from '../support/errors.ts';
import { packageVersion } from '../support/package-info.ts';

export const REPORT_FORMATS = ['text', 'json', 'csv', 'html'] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** `--json` is short for `--format json`. */
export function readFormat(options: { format?: string | undefined; json?: boolean | undefined }): ReportFormat {
  const { format, json } = options;
  if (json === true && format !== undefined && format !== 'json') {
    throw new UsageError(`--json and --format ${format} ask for two formats`, { remedy: 'Leave one of them out.' });
  }
  if (json === true) return 'json';
  const found = REPORT_FORMATS.find((candidate) => candidate === (format ?? 'text'));
  if (found !== undefined) return found;
  throw new UsageError(`--format ${JSON.stringify(format)} is not a format`, {
    remedy: `Use one of ${REPORT_FORMATS.join(', ')}.`,
  });
}

export function renderReport(judged: Report, format: ReportFormat, screen: Screen): string {
  const report = { ...judged, program: `tls-audit ${packageVersion}` };
  switch (format) {
    case 'text':
      return renderTerminal(report, screen);
    case 'json':
      return renderJson(report);
    case 'csv':
      return renderCsv(report);
    case 'html':
      return renderHtml(report, screen.zone);
  }
}
