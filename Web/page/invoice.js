// The buyer's details for the next order's invoice: typed once, checked beside their fields, kept over a reload.
import { byId, el, fault } from '../both/dom.js';
import { states } from '../both/states.js';
import { language, words, wordsOr } from '../both/words.js';

const PLACE = 'talktime-invoice';
const names = ['state', 'gstin', 'name', 'address'];
const field = (name) => byId(`invoice-${name}`);
let asksForState = false;

/** Fills in what was typed in this tab, else the details of the last order. */
export function showBuyer(buyer, user) {
  asksForState = buyer.asks_for_state;
  field('state').replaceChildren(
    el('option', { value: '', textContent: words('invoice.choose') }),
    ...named().map(([code, name]) => el('option', { value: code, textContent: name })));
  const typed = read(user.id);
  for (const name of names) {
    field(name).value = typed?.[name] ?? buyer[name] ?? '';
    field(name).oninput = () => {
      fault(field(name));
      keep(user.id);
    };
  }
  field('gstin').onchange = () => {
    field('gstin').value = tidy(field('gstin').value);
    keep(user.id);
  };
  field('gstin').closest('details').open = ['gstin', 'name', 'address'].some((name) => field(name).value);
}

/** The states in the reader's language, by name. Other Territory stays the last. */
function named() {
  if (language === 'en') return states;
  const own = states.map(([code, name]) => [code, wordsOr(`state.${code}`, name)]);
  const isLast = (state) => Number(state[0] === '97');
  return own.sort((one, other) => isLast(one) - isLast(other) || one[1].localeCompare(other[1], language));
}

/** A GSTIN is often copied in groups. */
const tidy = (text) => text.replace(/[\s\u00a0-]+/g, '').toUpperCase();

function read(user) {
  try {
    const stored = JSON.parse(sessionStorage.getItem(PLACE));
    return stored?.user === user ? stored.fields : null;
  } catch { return null; /* Without a store nothing is kept. */ }
}

function keep(user) {
  const fields = Object.fromEntries(names.map((name) => [name, field(name).value]));
  try { sessionStorage.setItem(PLACE, JSON.stringify({ user, fields })); } catch { /* As above. */ }
}

/** The server has the details with an order, or their owner leaves. */
export function forgetTyped() {
  try { sessionStorage.removeItem(PLACE); } catch { /* As above. */ }
}
document.addEventListener('user-left', forgetTyped);

/**
 * The details of a tax invoice; empty fields are left out. A GSTIN contains the state and the registered name.
 * @returns null if a field is not right, which is told beside it
 */
export function readBuyer() {
  for (const name of names) fault(field(name));
  const given = Object.fromEntries(names.map((name) => [name, field(name).value.trim()]));
  given.gstin = tidy(given.gstin);
  if (given.gstin && !/^[0-9A-Z]{15}$/.test(given.gstin)) return refuse('gstin', 'invalid');
  if (asksForState && !given.state && !given.gstin) return refuse('state', 'required');
  const wanted = given.gstin ? ['gstin', 'name', 'address'] : ['state'];
  return Object.fromEntries(wanted.filter((name) => given[name]).map((name) => [name, given[name]]));
}

/** Tells the server's refusal beside its field. False if it is about no field. */
export function showRefusal(error) {
  const found = error.problem?.errors?.find(({ field: name }) => names.includes(name));
  if (found) refuse(found.field, found.code);
  return Boolean(found);
}

const faults = {
  state: () => words('invoice.noState'),
  gstin: (code) => words(code === 'differs_from_gstin' ? 'invoice.otherState' : 'invoice.noGstin'),
  name: () => words('invoice.badName'),
  address: () => words('invoice.badAddress'),
};

function refuse(name, code) {
  const details = field(name).closest('details');
  if (details) details.open = true;
  fault(field(name), faults[name](code));
  field(name).focus();
  return null;
}
