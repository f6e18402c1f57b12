// The one dialog of the console's acts: it asks once, wants the reason, sends, and says in the view what was done.
import * as api from '../both/api.js';
import { byId, el, mark } from '../both/dom.js';
import { prove } from '../both/proof.js';
import { isNetwork, told } from './states.js';

let current = null;

/** Closes the dialog without doing anything, as where the view is left. */
export const closeDialog = () => current?.close();

/** Requests that need a fresh proof ask for it in a dialog. There is one at a time: ours steps aside for it. */
export function offerProofs() {
  api.onProofNeeded(async () => {
    current?.hide();
    try {
      return await prove({ title: 'Confirm that it is you', isFactorNeeded: true, submit: api.reauthenticate });
    } finally { current?.show(); }
  });
}

/** Says what was done, in the view, until something else is done or another view is opened. */
export function say(text, ...more) {
  const close = el('button', {
    className: 'quiet', type: 'button', textContent: 'Close',
    onclick: () => { byId('outcome').replaceChildren(); byId('view').querySelector('h1')?.focus(); },
  });
  byId('outcome').replaceChildren(el('p', {}, text, ...more.flatMap((node) => [' ', node])), close);
}

export const hush = () => byId('outcome').replaceChildren();

/** The reason, which the server records with the operator. */
export const reason = {
  name: 'reason', label: 'Reason', hint: 'Recorded with your name for good. It must not name anybody.', maxLength: 500,
};

/** A repeat of the same act has the same key, so that it is done once; another one has another. */
function keyring() {
  let [sent, key] = [null, null];
  return (values) => {
    const now = JSON.stringify(values);
    if (now !== sent) [sent, key] = [now, api.newKey()];
    return key;
  };
}

function fieldOf(field) {
  const input = field.choices
    ? el('select', {}, ...field.choices.map(([value, text]) => el('option', { value, textContent: text })))
    : el('input', { type: field.type ?? 'text', autocomplete: 'off', spellcheck: false });
  Object.assign(input, { name: field.name, id: `act-${field.name}`, required: !field.isOptional });
  if (field.value !== undefined) input.value = field.value;
  if (field.inputMode) input.inputMode = field.inputMode;
  if (field.maxLength) input.maxLength = field.maxLength;
  const error = el('p', { className: 'error', id: `act-${field.name}-error`, hidden: true });
  const hint = field.hint ? el('span', { className: 'hint', textContent: field.hint }) : null;
  const node = field.type === 'checkbox'
    ? el('label', { className: 'check' }, input, el('span', {}, field.label, ' ', hint))
    : el('label', {}, field.label, hint ? ' ' : null, hint, input);
  return { field, input, error, nodes: [node, error] };
}

/** What is wrong with the fields: pairs of a field and words. `read` throws them. */
function collect(rows) {
  const [values, faults] = [{}, []];
  for (const row of rows) {
    const { field, input } = row;
    const typed = field.type === 'checkbox' ? input.checked : input.value.trim();
    if (typed === '' && !field.isOptional) faults.push([row, 'This is needed.']);
    else {
      try {
        values[field.name] = field.read ? field.read(typed) : typed;
      } catch (error) { faults.push([row, error.message]); }
    }
  }
  return { values, faults };
}

/** The focus returns to where the act was chosen, though the view may have been painted anew meanwhile. */
function refocus(opener) {
  const again = opener.isConnected ? opener
    : [...byId('view').querySelectorAll('button')].find(({ textContent: text }) => text === opener.textContent);
  (again ?? byId('view').querySelector('h1'))?.focus();
}

/**
 * Asks for an act.
 * @param act `title`, `text` (what it does, in sentences), `fields` (with `name`, `label`, and `read`, which makes the
 *   value of what was typed or throws what is wrong), `button`, `isDanger`, `send(values, key)`
 * @returns `{ result, values }`: what `send` gave and what was sent; null if the act was called off
 */
export function ask({ title, text, fields = [], button, isDanger = false, send }) {
  closeDialog();
  const [rows, key] = [fields.map(fieldOf), keyring()];
  const error = el('p', { className: 'error', hidden: true });
  error.setAttribute('role', 'alert');
  const submit = el('button', { type: 'submit', className: isDanger ? 'danger' : 'primary', textContent: button });
  const cancel = el('button', { type: 'button', className: 'quiet', textContent: 'Cancel' });
  const form = el('form', { noValidate: true }, el('h2', { id: 'act-title', textContent: title }),
    ...[text].flat().filter(Boolean).map((sentence) => el('p', { textContent: sentence })),
    ...rows.flatMap(({ nodes }) => nodes), error, el('div', { className: 'actions' }, submit, cancel));
  const dialog = el('dialog', { className: 'act', id: 'act' }, form);
  dialog.setAttribute('aria-labelledby', 'act-title');
  document.body.append(dialog);

  return new Promise((resolve) => {
    let [isSending, isAside] = [false, false];
    const opener = document.activeElement;
    const own = {
      hide: () => { isAside = true; dialog.close(); },
      show: () => { isAside = false; if (current === own) dialog.showModal(); },
      close: () => end(null),
    };
    const end = (result) => {
      if (current !== own) return;
      current = null;
      dialog.close();
      dialog.remove();
      refocus(opener);
      resolve(result);
    };
    const explain = (problem) => {
      const found = (problem.problem?.errors ?? []).map(({ field, message }) =>
        [rows.find(({ field: { name, member } }) => (member ?? name) === field), message]);
      if (found.length && found.every(([row]) => row)) return showFaults(found);
      // Without an answer nobody knows. The next try has the same key.
      error.textContent = isNetwork(problem)
        ? 'No answer came, so it is not known whether it was done. Try again: it is not done twice.' : told(problem);
      error.hidden = false;
      submit.focus();
    };
    const showFaults = (faults) => {
      for (const [row, words] of faults) {
        row.error.textContent = words;
        row.error.hidden = false;
        mark(row.input, row.error.id);
      }
      faults[0][0].input.focus();
    };
    form.oninput = ({ target }) => {
      const row = rows.find(({ input }) => input === target);
      if (row) { row.error.hidden = true; mark(target, null); }
    };
    form.onsubmit = async (event) => {
      event.preventDefault();
      if (isSending) return;
      error.hidden = true;
      const { values, faults } = collect(rows);
      if (faults.length) { showFaults(faults); return; }
      isSending = true;
      submit.disabled = cancel.disabled = true;
      try {
        const result = await send(values, key(values));
        end({ result, values });
      } catch (problem) {
        isSending = false;
        submit.disabled = cancel.disabled = false;
        if (current === own) explain(problem);
      } finally { isSending = false; }
    };
    cancel.onclick = () => end(null);
    // Until the answer nobody knows whether the act was done, so that the dialog cannot be given up.
    dialog.oncancel = (event) => { if (isSending) event.preventDefault(); };
    dialog.onclose = () => { if (!isAside && !isSending) end(null); };
    current = own;
    dialog.showModal();
    (rows[0]?.input ?? submit).focus();
  });
}

/**
 * A button that asks for an act and says what it did.
 * @param act makes what `ask` takes, when it is pressed
 * @param done gives the sentence, or a list of it and links, and does what follows, such as showing the new state
 */
export function actButton(text, act, done, { isQuiet = false, label } = {}) {
  const button = el('button', { type: 'button', className: isQuiet ? 'quiet' : '', textContent: text });
  if (label) button.setAttribute('aria-label', label);
  button.onclick = async () => {
    hush();
    const did = await ask(act());
    if (did) say(...[done(did.result, did.values)].flat());
  };
  return button;
}
