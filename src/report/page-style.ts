import { DARK_COLORS, LIGHT_COLORS } from './palette.ts';

function variables(colors: Record<keyof typeof LIGHT_COLORS, string>): string {
  return Object.entries(colors)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');
}

/** The cells of each row below each other, for tables wider than the screen: nothing of a row is beyond its edge. */
function stacked(table: string): string {
  return `${table},${table} thead,${table} tbody,${table} tr:not([hidden]),${table} tbody th{display:block}
${table} thead th{display:inline-block;position:static;padding:0 1rem .25rem 0;border:0;box-shadow:none}
${table}:not(.outbound,.inbound,.uses) thead{display:none}
${table} tr:not([hidden]){padding:.5rem .75rem;border-bottom:1px solid var(--line)}
${table} tbody th,${table} tbody td{padding:0;border:0;text-align:left}
${table} tbody th{width:auto}
${table} td{display:inline-block;margin-right:1rem;white-space:normal;overflow-wrap:anywhere}
${table}:is(.remedies,.facts,.sources,.runs) td,${table}.findings td:nth-child(n+6),${table}:is(.outbound,.inbound) td:is(:nth-child(2),:nth-child(n+5)){display:block}
${table}.findings td:nth-child(3)::before{content:"since "}
${table}.findings td:nth-child(4)::before{content:"nights: "}
${table}.findings td:nth-child(6)::before{content:"Do: "}
${table}.uses td:nth-child(4)::before{content:"Domains: "}
${table}.sources td:nth-child(3)::before,${table}.runs td:nth-child(4)::before{content:"SHA-256: "}
${table}.runs td:nth-child(5)::before{content:"SHA-256 of the run before: "}
${table}.outbound td:nth-child(3)::before{content:"Deliveries: "}
${table}.inbound td:nth-child(3)::before{content:"Messages: "}
${table}:is(.outbound,.inbound) td:nth-child(4)::before{content:"Violations: "}
${table}.stack td:empty{display:none}`;
}

/** The whole style of the report page; its hash stands in the page's Content-Security-Policy. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;${variables(LIGHT_COLORS)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK_COLORS)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main,footer{max-width:76rem;margin:0 auto;padding:1.5rem 1rem}
footer{padding-top:0;color:var(--muted);font-size:.875rem}
h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.25}
h2{margin:2rem 0 .5rem;font-size:1.125rem;line-height:1.3}
p,ul{margin:.25rem 0 .5rem}
ul{padding-left:1.25rem}
li{margin:.25rem 0}
.muted{color:var(--muted)}
.wrap{overflow-wrap:anywhere}
.verdict{background:var(--card);border:1px solid var(--line);border-left:6px solid currentColor;border-radius:6px;padding:1rem 1.25rem}
.verdict.pass,td.compliant{color:var(--pass)}
.verdict.fail,td.violating{color:var(--fail)}
.verdict.inconclusive,td.unrecognised{color:var(--inconclusive)}
.verdict .word{margin:0;font-size:1.25rem;font-weight:700;letter-spacing:.02em}
.verdict p,.verdict ul{color:var(--text)}
.verdict .word{color:inherit}
.lead{font-size:1.125rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin:1rem 0}
.figures div{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.75rem 1rem}
.figures dt{color:var(--muted);font-size:.875rem}
.figures dd{margin:0;font-size:1.375rem;font-weight:600;font-variant-numeric:tabular-nums}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:1rem 0 0;padding:0;list-style:none;font-size:.875rem}
nav li{margin:0}
a{color:inherit;text-underline-offset:.2em}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:6px}
.tall{max-height:85vh;overflow-y:auto}
.tall thead th{position:sticky;top:0;background:var(--card);box-shadow:inset 0 -1px var(--line)}
.scroll:focus-visible{outline:2px solid currentColor;outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{padding:.5rem .75rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
thead th{color:var(--muted);font-weight:500;white-space:nowrap}
tbody th{font-weight:600;min-width:11rem;overflow-wrap:anywhere}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.fixed{white-space:nowrap}
.wide tbody th{min-width:16rem}
.wide thead th:last-child{white-space:normal}
.suites{min-width:15.5rem;overflow-wrap:anywhere}
details tbody th{min-width:0}
details thead th{white-space:normal}
.remedies tbody th{width:34%}
.scroll+.scroll{margin-top:.75rem}
.chart .scroll{direction:rtl;padding-right:.75rem}
.chart svg{display:block;direction:ltr;margin:.75rem auto .75rem .75rem}
.chart text{font-size:12px;fill:var(--text)}
.chart .axis{fill:var(--muted)}
.day rect{fill:var(--card);stroke:var(--muted)}
.day.violating rect,.day.clean rect{stroke:none}
.day.clean rect{fill:var(--pass)}
.day.violating rect{fill:var(--fail)}
.day.doubt rect{stroke:var(--inconclusive);stroke-width:2}
.day.nodata rect{stroke-dasharray:3 2}
.chart .clean text,.chart .violating text{fill:var(--card);font-weight:700}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;list-style:none;font-size:.875rem}
.key{display:inline-block;width:1.25rem;height:1.25rem;border:1px solid var(--muted);border-radius:3px;text-align:center;line-height:1.1rem;vertical-align:middle}
.key.clean{background:var(--pass);color:var(--card)}
.key.violating{background:var(--fail);color:var(--card)}
.key.doubt{border:2px solid var(--inconclusive)}
.key.nodata{border-style:dashed}
.tls13{fill:var(--pass);background:var(--pass)}
.tls12{fill:var(--tls12);background:var(--tls12)}
.old{fill:var(--inconclusive);background:var(--inconclusive)}
.plain{fill:var(--fail);background:var(--fail)}
.odd{fill:var(--muted);background:var(--muted)}
.tools{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:.5rem 0}
.tools input{font:inherit;padding:.35rem .5rem;color:inherit;background:var(--card);border:1px solid var(--muted);border-radius:4px}
button{cursor:pointer}
.more{font:inherit;font-size:.875rem;color:inherit;background:none;border:0;border-top:1px solid var(--line);padding:.75rem;width:100%;text-decoration:underline}
.more[hidden]{display:none}
th button{font:inherit;color:inherit;background:none;border:0;padding:0;text-align:inherit}
th button::after{content:" \\2195"}
th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
summary{cursor:pointer;font-size:.875rem;color:var(--muted);margin:.25rem 0}
.paste{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.75rem 1rem;user-select:all}
code{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
@media screen and (max-width:75rem){
${stacked('.wide')}
}
@media screen and (min-width:40.01rem) and (max-width:75rem){
.wide.stack:is(.outbound,.inbound) td:nth-child(n+2){display:inline-block;vertical-align:top;width:8.25rem;margin-right:.5rem}
.wide.stack:is(.outbound,.inbound) td:is(.number,:nth-child(5)){width:7.5rem}
.wide.stack:is(.outbound,.inbound) td.suites{width:16.75rem;min-width:0}
.wide.stack:is(.outbound,.inbound) td:last-child{width:8rem}
}
@media screen and (max-width:40rem){
.figures{gap:.5rem}
.figures div{padding:.5rem .75rem}
.figures dd{font-size:1.25rem}
th,td{padding:.5rem .375rem}
tbody th{min-width:6rem}
${stacked('.stack')}
}
@media print{
:root{${variables({ ...LIGHT_COLORS, page: '#ffffff' })}}
@page{size:A4 landscape;margin:12mm}
body{font-size:9pt}
table{font-size:7.5pt}
tbody th,.wide tbody th,.suites{min-width:0}
main,footer{max-width:none;padding:0}
.scroll{overflow:visible;max-height:none;border:0}
.tall thead th{position:static;box-shadow:none}
.chart svg{max-width:100%;height:auto}
thead{display:table-header-group}
tr,.verdict,.figures div{break-inside:avoid}
h2{break-after:avoid}
tbody tr[hidden]{display:table-row}
nav,.tools,.more,details:not([open]){display:none}
th button::after{content:""!important}
.key,.day rect,svg rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
