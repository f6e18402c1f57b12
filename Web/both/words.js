// What the pages say, in the reader's language. Each language has one file in Web/words. See docs/languages.md.
import en from '../words/en.js';

/** @typedef {string | Record<string, string>} Entry a sentence, or one for each plural category of Intl.PluralRules */

/** @type {Record<string, Entry>} */
const english = en;

/**
 * The languages that we have, each with the locale of its numbers and dates.
 * @type {Record<string, { locale?: string, dir?: string, load: () => Promise<{ default: Record<string, Entry> }> }>}
 */
export const languages = {
  en: { load: async () => ({ default: english }) },
  // Latin digits: amounts and times can be compared with those of a bank and of a clock.
  hi: { locale: 'hi-IN-u-nu-latn', load: () => import('../words/hi.js') },
};

const PLACE = 'talktime-language';

/** The tag of the language in use. A page that does not call `useLanguage` is in English. */
export let language = 'en';
/** @type {Record<string, Entry>} */
let table = english;

/** The language of ours that a tag such as `hi-IN` means; undefined if there is none. */
const ours = (/** @type {string | null | undefined} */ tag) => {
  const [first] = (tag ?? '').toLowerCase().split('-');
  return Object.hasOwn(languages, first) ? first : undefined;
};

function stored() {
  try { return localStorage.getItem(PLACE); } catch { return null; /* Without a store the browser's language counts. */ }
}

/**
 * Loads the reader's language: the one that is asked for here, the one that was chosen, or the first of the browser's
 * that we have. If its words cannot be loaded, the page is in English.
 * @param {string | null} [asked]
 */
export async function useLanguage(asked = null) {
  const wanted = [asked, stored(), ...navigator.languages].map(ours).find(Boolean) ?? 'en';
  if (wanted !== 'en') {
    try {
      table = (await languages[wanted].load()).default;
      language = wanted;
    } catch { /* English is there. */ }
  }
  const root = document.documentElement;
  root.lang = language;
  root.dir = languages[language].dir ?? 'ltr';
  translate(document);
  // See first-view.js.
  delete root.dataset.awaits;
}

/** @param {string} tag */
export function chooseLanguage(tag) {
  try { localStorage.setItem(PLACE, tag); } catch { /* As above. */ }
  location.reload();
}

/** The locale of numbers and dates. English follows the customs of the reader's own kind of English. */
export const locale = () => languages[language].locale ?? (/^en\b/.test(navigator.language) ? navigator.language : 'en-IN');

/** @param {number} value */
export const number = (value) => new Intl.NumberFormat(locale()).format(value);

/**
 * In English where the language in use lacks the key.
 * @param {string} key
 * @param {Record<string, any>} values
 * @returns {string}
 */
function sentence(key, values) {
  const [own, tag] = Object.hasOwn(table, key) ? [table[key], language] : [english[key], 'en'];
  const entry = own ?? key;
  if (typeof entry === 'string') return entry;
  return entry[new Intl.PluralRules(tag).select(values.count)] ?? entry.other;
}

/** @param {string} key */
export const hasWords = (key) => Object.hasOwn(english, key);

/**
 * The sentence of a key. A value takes the place of its name in braces; `count` also decides between singular and plural.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export const words = (key, values = {}) => sentence(key, values).replaceAll(/\{(\w+)\}/g, (_, name) => {
  const value = values[name];
  return typeof value === 'number' ? number(value) : String(value);
});

/**
 * The same with nodes among the values, in parts for `append`.
 * @param {string} key
 * @param {Record<string, string | Node>} values
 * @returns {(string | Node)[]}
 */
export const wordNodes = (key, values) =>
  sentence(key, values).split(/\{(\w+)\}/).map((part, index) => (index % 2 ? values[part] : part)).filter((part) => part !== '');

/**
 * What only the other languages have, since its English comes from elsewhere, such as from the server.
 * @param {string} key
 * @param {string} otherwise the English
 */
export const wordsOr = (key, otherwise) => (language !== 'en' && Object.hasOwn(table, key) ? words(key) : otherwise);

/** The attributes that have words. */
const attributes = { label: 'aria-label', placeholder: 'placeholder', title: 'title' };

/**
 * Puts the language in use into a part of a document, which is in English: `data-words` names the key of an element's
 * text. Elements within the sentence name their places by `data-slot`; others stay where they are.
 * @param {ParentNode} root
 */
export function translate(root) {
  if (language === 'en') return;
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('[data-words]'))) put(node);
  for (const [name, attribute] of Object.entries(attributes)) {
    for (const node of root.querySelectorAll(`[data-words-${name}]`)) {
      const key = node.getAttribute(`data-words-${name}`) ?? '';
      if (Object.hasOwn(table, key)) node.setAttribute(attribute, words(key));
    }
  }
  for (const template of root.querySelectorAll('template')) translate(template.content);
}

/** @param {HTMLElement} node */
function put(node) {
  const key = node.dataset.words ?? '';
  if (!Object.hasOwn(table, key)) return;
  const slots = /** @type {HTMLElement[]} */ ([...node.children]).filter((child) => child.dataset.slot);
  if (slots.length) {
    node.replaceChildren(...wordNodes(key, Object.fromEntries(slots.map((child) => [child.dataset.slot, child]))));
    return;
  }
  const text = [...node.childNodes].find((child) => child.nodeType === Node.TEXT_NODE && child.textContent?.trim());
  // The blanks around it part it from its neighbours.
  if (text) text.textContent = (text.textContent ?? '').replace(/\S[^]*\S|\S/, () => words(key));
}
