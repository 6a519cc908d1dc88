import type { Frame, Locator } from 'playwright-core';
import { byRoles } from './frames.ts';
import type { LabelSetting, SetupPageOptions } from './options.ts';
import type { LogRequest } from './requests.ts';
import { comparable, labelPattern } from './text.ts';

/** A request as the page lists it. */
export interface RequestRow {
  readonly start: string;
  readonly end: string;
  readonly status: string;
  readonly locator: Locator;
}

export interface RequestTable {
  readonly frame: Frame;
  /** Which label each column was found by. */
  readonly columns: Readonly<Record<ColumnSetting, string>>;
  readonly rows: readonly RequestRow[];
}

export type ColumnSetting = Extract<LabelSetting, 'startColumn' | 'endColumn' | 'statusColumn'>;

export const COLUMN_SETTINGS = ['startColumn', 'endColumn', 'statusColumn'] as const satisfies ColumnSetting[];

type TableOptions = Pick<SetupPageOptions, ColumnSetting | 'rowRoles' | 'cellRoles'>;

type Columns = ReadonlyMap<ColumnSetting, { readonly index: number; readonly label: string }>;

/**
 * The table of requests in the frame: the row that names all three columns, and the rows after it that have as many
 * cells. Tables may stand in tables for the sake of layout: of the rows around the columns the innermost one counts.
 * Undefined where no row names all; `onColumn` hears of every column that some row does name.
 */
export async function readTable(
  frame: Frame,
  options: TableOptions,
  onColumn: (setting: ColumnSetting, label: string) => void = () => undefined,
): Promise<RequestTable | undefined> {
  const read: { readonly locator: Locator; readonly cells: readonly string[] }[] = [];
  for (const locator of await byRoles(frame, options.rowRoles).all()) {
    read.push({ locator, cells: await byRoles(locator, options.cellRoles).allInnerTexts() });
  }
  let head: { readonly index: number; readonly width: number; readonly columns: Columns } | undefined;
  for (const [index, { cells }] of read.entries()) {
    const columns = columnsOf(cells, options);
    for (const [setting, { label }] of columns) onColumn(setting, label);
    const isHead = columns.size === COLUMN_SETTINGS.length;
    if (isHead && (head === undefined || cells.length < head.width)) head = { index, width: cells.length, columns };
  }
  if (head === undefined) return undefined;
  const { index, width, columns } = head;
  const rows = read.slice(index + 1).filter(({ cells }) => cells.length === width);
  const cell = (cells: readonly string[], setting: ColumnSetting) => cells[columns.get(setting)?.index ?? -1] ?? '';
  const label = (setting: ColumnSetting) => columns.get(setting)?.label ?? '';
  return {
    frame,
    columns: { startColumn: label('startColumn'), endColumn: label('endColumn'), statusColumn: label('statusColumn') },
    rows: rows.map(({ locator, cells }) => ({
      start: cell(cells, 'startColumn').trim(),
      end: cell(cells, 'endColumn').trim(),
      status: cell(cells, 'statusColumn').trim(),
      locator,
    })),
  };
}

function columnsOf(cells: readonly string[], options: TableOptions): Columns {
  const columns = new Map<ColumnSetting, { readonly index: number; readonly label: string }>();
  for (const setting of COLUMN_SETTINGS) {
    for (const label of options[setting]) {
      const index = cells.findIndex((cell) => labelPattern(label).test(cell));
      if (index >= 0 && !columns.has(setting)) columns.set(setting, { index, label });
    }
  }
  return columns;
}

/** What a status of the page means; undefined for a word that no setting lists. */
export function meaningOf(
  status: string,
  options: Pick<SetupPageOptions, 'pendingStatuses' | 'completeStatuses' | 'failedStatuses'>,
): 'pending' | 'complete' | 'failed' | undefined {
  const isOneOf = (words: readonly string[]) => words.some((word) => labelPattern(word).test(status));
  if (isOneOf(options.completeStatuses)) return 'complete';
  if (isOneOf(options.failedStatuses)) return 'failed';
  return isOneOf(options.pendingStatuses) ? 'pending' : undefined;
}

/** The rows of the request: those that show its two times. */
export function rowsOf(rows: readonly RequestRow[], log: LogRequest): RequestRow[] {
  return rows.filter(
    ({ start, end }) => comparable(start) === comparable(log.startText) && comparable(end) === comparable(log.endText),
  );
}
