/** The ARIA roles that may be named in the settings (WAI-ARIA 1.2). */
export type Role =
  | 'alert'
  | 'button'
  | 'cell'
  | 'columnheader'
  | 'gridcell'
  | 'link'
  | 'menuitem'
  | 'row'
  | 'rowheader'
  | 'status'
  | 'tab';

/**
 * The settings table `source.setupPage`. Experimental: nobody has seen these labels, roles and limits in a real org, so
 * each of them is a setting, and what is not found fails by the name of its setting.
 */
export interface SetupPageOptions {
  /** Path of the page, from the origin of the org on. */
  readonly path: string;
  readonly browserPath: string;
  /** Added to the flags this program gives. */
  readonly browserArguments: readonly string[];
  /** The user's `LocaleSidKey` that `dateTimeFormat` was written for. */
  readonly locale: string;
  /** The user's `TimeZoneSidKey`. */
  readonly timeZone: string;
  readonly dateTimeFormat: string;
  /** Opens the form; empty where the form stands on the page itself. */
  readonly requestButton: readonly string[];
  readonly startField: readonly string[];
  readonly endField: readonly string[];
  readonly submitButton: readonly string[];
  readonly startColumn: readonly string[];
  readonly endColumn: readonly string[];
  readonly statusColumn: readonly string[];
  readonly downloadLink: readonly string[];
  /** What stands in the place of the table while nothing was ever requested. */
  readonly noRequestsText: readonly string[];
  readonly pendingStatuses: readonly string[];
  readonly completeStatuses: readonly string[];
  readonly failedStatuses: readonly string[];
  readonly buttonRoles: readonly Role[];
  readonly linkRoles: readonly Role[];
  readonly rowRoles: readonly Role[];
  readonly cellRoles: readonly Role[];
  readonly messageRoles: readonly Role[];
  readonly maxDaysPerRequest: number;
  readonly maxDaysBack: number;
  readonly maxOpenRequests: number;
  /** How long the browser may take to start, and to open a page. */
  readonly pageTimeoutMs: number;
  /** How long a label or a row may take to appear on an open page. */
  readonly labelTimeoutMs: number;
  /** How long a requested log may take to be complete. */
  readonly completionTimeoutMs: number;
  readonly pollMs: number;
  readonly downloadTimeoutMs: number;
  /** Null takes none: the page may show addresses. */
  readonly screenshotFolder: string | null;
}

/** The settings that hold labels of the page. */
export type LabelSetting =
  | 'requestButton'
  | 'startField'
  | 'endField'
  | 'submitButton'
  | 'startColumn'
  | 'endColumn'
  | 'statusColumn'
  | 'downloadLink';
