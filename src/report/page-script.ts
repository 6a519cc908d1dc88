/** As many rows are shown at once: a browser takes seconds to lay out ten thousand, at every click. */
const ROWS_SHOWN = 500;

/**
 * The whole script of the report page; its hash stands in the page's Content-Security-Policy. It makes the tables of
 * domains searchable and sortable; without it (in mail previews, in print) the page says all the same. It only moves
 * and hides rows: no text of the report is ever read as markup.
 */
export const PAGE_SCRIPT = `
addEventListener('DOMContentLoaded', function () {
  document.querySelectorAll('table.outbound, table.inbound').forEach(searchable);
});

function searchable(table) {
  var body = table.tBodies[0];
  var rows = Array.from(body.rows);
  var texts = new Map(rows.map(function (row) { return [row, (row.textContent + ' ' + (row.dataset.name || '')).toLowerCase()]; }));
  var heads = Array.from(table.tHead.rows[0].cells);
  var words = [];
  var limit = ${ROWS_SHOWN};

  var label = document.createElement('label');
  label.textContent = 'Search ' + heads[0].textContent.toLowerCase() + 's ';
  var input = document.createElement('input');
  input.type = 'search';
  input.autocomplete = 'off';
  label.append(input);
  var found = document.createElement('output');
  found.setAttribute('aria-live', 'polite');
  var tools = document.createElement('div');
  tools.className = 'tools';
  tools.append(label, found);
  table.parentElement.before(tools);
  var more = document.createElement('button');
  more.type = 'button';
  more.className = 'more';
  table.parentElement.append(more);

  function show() {
    var count = 0;
    rows.forEach(function (row) {
      var fits = words.every(function (word) { return texts.get(row).includes(word); });
      row.hidden = !fits || count >= limit;
      if (fits) count++;
    });
    found.textContent = words.length === 0 ? '' : number(count) + ' of ' + number(rows.length) + ' found';
    more.hidden = count <= limit;
    more.textContent = 'Show ' + number(Math.min(${ROWS_SHOWN}, count - limit)) + ' more (' + number(limit) + ' of ' + number(count) + ' shown)';
  }

  input.addEventListener('input', function () {
    words = input.value.normalize('NFC').toLowerCase().split(/\\s+/).filter(Boolean);
    limit = ${ROWS_SHOWN};
    show();
  });
  more.addEventListener('click', function () {
    limit += ${ROWS_SHOWN};
    show();
  });

  heads.forEach(function (head, column) {
    var button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', function () {
      var numeric = head.classList.contains('number');
      var first = numeric ? 'descending' : 'ascending';
      var order = head.getAttribute('aria-sort') === first ? (numeric ? 'ascending' : 'descending') : first;
      heads.forEach(function (other) { other.removeAttribute('aria-sort'); });
      head.setAttribute('aria-sort', order);
      var sign = order === 'ascending' ? 1 : -1;
      var keys = new Map(rows.map(function (row) {
        var text = row.cells[column].textContent;
        return [row, numeric ? Number(text.replace(/,/g, '')) : text];
      }));
      rows.sort(function (a, b) {
        var x = keys.get(a), y = keys.get(b);
        return x < y ? -sign : x > y ? sign : 0;
      });
      limit = ${ROWS_SHOWN};
      show();
      // Rows that are moved one by one in a table that is shown are laid out one by one.
      body.remove();
      rows.forEach(function (row) { body.append(row); });
      table.append(body);
    });
  });
  show();
}

function number(value) {
  return value.toLocaleString('en-US');
}
`;
