/** A table program runs a cell that begins so as a formula. A number is none, whatever its sign. */
const isFormula = (text) => /^[\s\u0000]*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(text)
  && !/^[+-]?\d+(\.\d+)?$/.test(text);

/** What a table program cuts a text at if it takes another separator than the comma: what follows begins a cell. */
const CUT = /([;|\t\r\n][\s\u0000"]*)(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;

function cell(value) {
  const text = value === null || value === undefined ? '' : String(value);
  const whole = text.replace(CUT, "$1'");
  const safe = isFormula(text) ? `'${whole}` : whole;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV (RFC 4180), harmless for table programs. */
export const csv = (rows) => rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');

/** Lets the browser save rows as a file. The mark at its beginning tells table programs that it is UTF-8. */
export function download(name, rows) {
  const address = URL.createObjectURL(new Blob(['\ufeff', csv(rows)], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  Object.assign(link, { href: address, download: `${name}-${new Date().toISOString().slice(0, 10)}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
