/**
 * Makes an element; its text is always text, never markup.
 * @param {string} tag
 * @param {object} [properties]
 * @param {...(Node | string | null | undefined)} children
 * @returns {any}
 */
export function el(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * What the element is, only the document says.
 * @type {(id: string) => any}
 */
export const byId = (id) => document.getElementById(id);

/** Shows a template in a place of the page. */
export function show(template, place = 'main') {
  const node = byId(place);
  node.replaceChildren(byId(template).content.cloneNode(true));
  return node;
}

function toast(place, text) {
  const node = el('p', { className: 'toast', textContent: text });
  byId(place).append(node);
  whenSeen(() => setTimeout(() => node.remove(), 7000));
}

/** Runs `body` as soon as the page is in sight. */
function whenSeen(body) {
  if (document.visibilityState === 'visible') body();
  else document.addEventListener('visibilitychange', () => whenSeen(body), { once: true });
}

export const notice = (text) => toast('notices', text);
export const alarm = (text) => toast('alerts', text);

/**
 * Asks by buttons in a place of the page.
 * @param choices pairs of a button's text and its value
 * @returns the value that was chosen; null if another question takes the place
 */
export function choose(place, choices) {
  dismiss(place);
  return new Promise((resolve) => {
    const answer = (value) => {
      asking.delete(place);
      const node = byId(place);
      // The focus must not fall out of the page with the button that had it.
      if (node?.contains(document.activeElement)) node.closest('section').querySelector('h2').focus();
      node?.replaceChildren();
      resolve(value);
    };
    asking.set(place, () => answer(null));
    const buttons = choices.map(([textContent, value], index) =>
      el('button', { type: 'button', textContent, className: index ? 'quiet' : 'primary', onclick: () => answer(value) }));
    byId(place).replaceChildren(...buttons);
  });
}

const asking = new Map();

/** Takes a question away. */
export const dismiss = (place) => asking.get(place)?.();

/**
 * A table, which a narrow screen shows as a list: each cell has its heading beside it then. The roles keep it a table for
 * a screen reader.
 * @param heads the headings; one that is `{ unseen }` is for screen readers alone
 * @param rows the cells' contents: texts, nodes, and lists of them
 * @param keys what each row is of, in the order of the rows: `redraw` keeps a row of the same key where a cell changes
 */
export function table(heads, rows, keys = []) {
  const head = (text) => el('th', { scope: 'col', role: 'columnheader' },
    text.unseen ? el('span', { className: 'visually-hidden', textContent: text.unseen }) : text);
  const cell = (content, index) => {
    const node = el('td', { role: 'cell' }, el('div', {}, ...[content].flat()));
    node.dataset.head = heads[index].unseen ? '' : heads[index];
    return node;
  };
  const group = (tag, ...children) => el(tag, { role: 'rowgroup' }, ...children);
  const row = (...cells) => el('tr', { role: 'row' }, ...cells);
  const listed = rows.map((cells) => row(...cells.map(cell)));
  keys.forEach((key, index) => { listed[index].dataset.key = key; });
  return el('div', { className: 'scroll' }, el('table', { className: 'listing', role: 'table' },
    group('thead', row(...heads.map(head))), group('tbody', ...listed)));
}

const GROUPS = new Set(['DIV', 'TABLE', 'TBODY', 'TD']);
const isSameGroup = (one, other) => one.nodeName === other.nodeName && one.className === other.className
  // A row without a key could be that of anything.
  && (GROUPS.has(one.nodeName) || (one.nodeName === 'TR' && Boolean(one.dataset.key) && one.dataset.key === other.dataset.key));

/**
 * Shows nodes in a place, and leaves those alone that are there already. A list that is read again must not take away
 * what somebody is just pressing.
 */
export function redraw(place, ...nodes) {
  const old = [...place.childNodes];
  const kept = new Set();
  const wanted = nodes.filter(Boolean).map((node) => {
    const at = old.findIndex((one) => one.isEqualNode(node) || isSameGroup(one, node));
    if (at < 0) return node;
    // The order stays, so that what stands before is not in the list any more.
    const one = old.splice(0, at + 1)[at];
    kept.add(one);
    if (!one.isEqualNode(node)) redraw(one, ...node.childNodes);
    return one;
  });
  for (const node of [...place.childNodes]) if (!kept.has(node)) node.remove();
  wanted.forEach((node, index) => { if (!kept.has(node)) place.insertBefore(node, place.childNodes[index] ?? null); });
}

/** Says beside a field what is wrong with it, in the element with its id and `-error`; without words it is right again. */
export function fault(field, words = '') {
  const place = byId(`${field.id}-error`);
  place.textContent = words;
  place.hidden = !words;
  mark(field, words ? place.id : null);
}

/** Marks a field as wrong, by the id of the words that say why; null: it is right again. */
export function mark(field, errorID) {
  if (errorID) field.setAttribute('aria-invalid', 'true'); else field.removeAttribute('aria-invalid');
  if (errorID) field.setAttribute('aria-describedby', errorID); else field.removeAttribute('aria-describedby');
}

/** Loads a script of somebody else. */
export function load(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    Object.assign(script, { src: address, async: true, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}
