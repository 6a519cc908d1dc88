/** What the page calls things. */
export interface PageLabels {
  readonly request: string;
  readonly start: string;
  readonly end: string;
  readonly submit: string;
  readonly startColumn: string;
  readonly endColumn: string;
  readonly statusColumn: string;
  readonly download: string;
  readonly complete: string;
  readonly empty: string;
}

export const USUAL_LABELS: PageLabels = {
  request: 'Request an Email Log',
  start: 'Start Date/Time',
  end: 'End Date/Time',
  submit: 'Submit Request',
  startColumn: 'Start Date/Time',
  endColumn: 'End Date/Time',
  statusColumn: 'Status',
  download: 'Download',
  complete: 'Complete',
  empty: 'No records to display',
};

interface ListRow {
  readonly start: string;
  readonly end: string;
  readonly status: string;
  readonly download: string | undefined;
}

export function loginPage(): string {
  return page('Login | Salesforce', '<form><label>Username <input name="username"></label></form>');
}

/** The Lightning page around the frame, which a script puts there. */
export function shellPage(framePath: string, frameDelayMs: number): string {
  const script = `setTimeout(() => {
    const frame = document.createElement('iframe');
    frame.title = 'Email Log Files';
    frame.width = 1000;
    frame.height = 500;
    frame.src = ${JSON.stringify(framePath)};
    document.querySelector('main').append(frame);
  }, ${frameDelayMs});`;
  return page(
    'Email Log Files | Salesforce',
    `<header><button>Search Setup</button></header><main><h1>Email Log Files</h1></main><script>${script}</script>`,
  );
}

export function formPage(labels: PageLabels): string {
  return page(
    'Request an Email Log',
    `<form method="post"><table><tr>
      <td><label for="start"><span>*</span> ${escaped(labels.start)}</label></td><td><input id="start" name="start"></td></tr><tr>
      <td><label for="end"><span>*</span> ${escaped(labels.end)}</label></td><td><input id="end" name="end"></td></tr></table>
      <input type="submit" value="${escaped(labels.submit)}"> <input type="button" value="Cancel"></form>`,
  );
}

/** A list inside a layout table, as Classic pages are built. */
export function listPage(list: {
  readonly labels: PageLabels;
  readonly formPath: string;
  readonly message: string;
  readonly rows: readonly ListRow[];
}): string {
  const { labels, formPath, message, rows } = list;
  const heads = ['Action', labels.startColumn, labels.endColumn, labels.statusColumn, 'Filter'];
  const body = rows.map(
    ({ start, end, status, download }) =>
      `<tr><td>${download === undefined ? '' : `<a href="${download}">${escaped(labels.download)}</a>`}</td>` +
      `<td>${escaped(start)}</td><td>${escaped(end)}</td><td>${escaped(status)}</td><td></td></tr>`,
  );
  const table = `<table><tr>${heads.map((head) => `<th scope="col">${escaped(head)}</th>`).join('')}</tr>${body.join('\n')}</table>`;
  return page(
    'Email Log Files',
    `${message === '' ? '' : `<div role="alert">${escaped(message)}</div>`}
     <table><tr><td><h2>Email Logs</h2></td>
     <td><input type="button" value="${escaped(labels.request)}" onclick="location.href='${formPath}'"></td></tr>
     <tr><td colspan="2">${rows.length === 0 ? `<p>${escaped(labels.empty)}</p>` : table}</td></tr></table>`,
  );
}

function page(title: string, body: string): string {
  return `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title></head><body>${body}</body></html>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
