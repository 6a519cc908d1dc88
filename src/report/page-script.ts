/**
 * The whole script of the report page; its hash stands in the page's Content-Security-Policy. It makes the table of
 * domains searchable and sortable; without it (in mail previews, in print) the page says all the same. It only moves
 * and hides rows: no text of the report is ever read as markup.
 */
export const PAGE_SCRIPT = `
addEventListener('DOMContentLoaded', function () {
  var table = document.getElementById('domains-table');
  if (!table) return;
  var body = table.tBodies[0];
  var rows = Array.from(body.rows);
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });

  var label = document.createElement('label');
  label.textContent = 'Search domains ';
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
  input.addEventListener('input', function () {
    var words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
    var shown = 0;
    rows.forEach(function (row, index) {
      row.hidden = !words.every(function (word) { return texts[index].includes(word); });
      if (!row.hidden) shown++;
    });
    found.textContent = words.length === 0 ? '' : shown + ' of ' + rows.length + ' shown';
  });

  var heads = Array.from(table.tHead.rows[0].cells);
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
      var sorted = rows.slice().sort(function (a, b) {
        var x = keys.get(a), y = keys.get(b);
        return x < y ? -sign : x > y ? sign : 0;
      });
      body.append.apply(body, sorted.length < 50000 ? sorted : []);
      if (sorted.length >= 50000) sorted.forEach(function (row) { body.append(row); });
    });
  });
});
`;
