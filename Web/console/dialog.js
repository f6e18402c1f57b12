// The one dialog of the console's acts: it asks once, wants the reason, sends, and says in the view what was done.
import * as api from '../both/api.js';
import { why } from '../both/conditions.js';
import { byId, el, mark } from '../both/dom.js';
import { prove } from '../both/proof.js';

let current = null;

/** Closes the dialog, as where the view is left. One that is sending ends with its answer, which the view says. */
export const closeDialog = () => current?.close();

/** Requests that need a fresh proof ask for it in a dialog. There is one at a time: ours steps aside for it. */
export function offerProofs() {
  api.onProofNeeded(async () => {
    const own = current;
    own?.hide();
    try {
      const isProven = await prove({ title: 'Confirm that it is you', isFactorNeeded: true,
        submit: api.reauthenticate });
      // Whoever has left the view meanwhile does not want the act any more.
      return isProven && !own?.isLeft();
    } finally { own?.show(); }
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

// The keys of acts whose outcome is unknown, by the act and what was sent. They last as long as the tab.
const unknown = new Map();
const unknownID = (once, values) => `${once} ${JSON.stringify(values)}`;

// These refusals say nothing of an earlier try of the same act.
const beforeTheAct = new Set(['idempotency_in_flight', 'forbidden', 'role_required']);
const isRefusal = ({ status }) => status >= 400 && status < 500;
/** Whether the server has said for good that the act is not done. A lost answer, a fault of the server and a
 * repeat that comes while the first is in work leave it open. */
const isRefused = (problem) => isRefusal(problem) && ![408, 425].includes(problem.status)
  && problem.code !== 'idempotency_in_flight';
/** Whether a repeat's refusal tells of the first try, too. */
const tellsOfFirst = (problem) => isRefused(problem) && ![401, 429].includes(problem.status)
  && !beforeTheAct.has(problem.code);

/** Says why nobody knows whether an act was done, and what is safe. Only a key makes a repeat harmless. */
function doubt(problem, once, isRepeat) {
  const advice = once ? 'Try again: it is not done twice.' : 'Look whether it was done before you try again.';
  if (isRefusal(problem) && isRepeat) {
    return `This try was refused: ${why(problem)} It is still not known whether the one before was done. ${advice}`;
  }
  const cause = isRefusal(problem) ? why(problem) : problem.status ? 'The server has failed.' : 'No answer came.';
  return `${cause} So it is not known whether it was done. ${advice}`;
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
 *   value of what was typed or throws what is wrong), `button` (words, or what makes them of the values), `isDanger`,
 *   `once` (the path, where the API takes a key so that a repeat is not done twice), `send(values, key)`
 * @returns `{ result, values }`: what `send` gave and what was sent; null if the act was called off
 */
export function ask({ title, text, fields = [], button, isDanger = false, once, send }) {
  closeDialog();
  if (current) {
    say('The act before this one has no answer yet. Wait for it.');
    return Promise.resolve(null);
  }
  const rows = fields.map(fieldOf);
  const wording = () => (typeof button === 'function' ? button(collect(rows).values) : button);
  const error = el('p', { className: 'error', hidden: true });
  error.setAttribute('role', 'alert');
  const submit = el('button', { type: 'submit', className: isDanger ? 'danger' : 'primary', textContent: wording() });
  const cancel = el('button', { type: 'button', className: 'quiet', textContent: 'Cancel' });
  const form = el('form', { noValidate: true }, el('h2', { id: 'act-title', textContent: title }),
    ...[text].flat().filter(Boolean).map((sentence) => el('p', { textContent: sentence })),
    ...rows.flatMap(({ nodes }) => nodes), error, el('div', { className: 'actions' }, submit, cancel));
  const dialog = el('dialog', { className: 'act', id: 'act' }, form);
  dialog.setAttribute('aria-labelledby', 'act-title');
  document.body.append(dialog);

  return new Promise((resolve) => {
    let [isSending, isAside, isLeft, isOver] = [false, false, false, false];
    // What was sent without a known outcome: a repeat is the same, under the same key.
    let held = null;
    const opener = document.activeElement;
    const own = {
      hide: () => { isAside = true; dialog.close(); },
      show: () => { isAside = false; if (!isOver && !isLeft) dialog.showModal(); },
      isLeft: () => isLeft,
      close: () => {
        if (!isSending) { giveUp(); return; }
        isLeft = true;
        // Nobody wants the proof of it any more. At this event its dialog is given up.
        if (isAside) document.dispatchEvent(new Event('signing-out'));
      },
    };
    const end = (result) => {
      if (isOver) return;
      isOver = true;
      current = null;
      dialog.close();
      dialog.remove();
      if (!isLeft) refocus(opener);
      resolve(result);
    };
    const giveUp = () => {
      if (isOver) return;
      end(null);
      if (held) say(`${title}: it is not known whether this was done. Look whether it was before you do it again.`);
    };
    const hold = (what) => {
      held = what;
      for (const { input } of rows) input.disabled = Boolean(what);
      submit.textContent = what ? 'Try again' : wording();
      cancel.textContent = what ? 'Leave it' : 'Cancel';
    };
    /** After a failure the act is either refused, and can be changed, or unknown, and can only be repeated. */
    const settle = (problem, sent) => {
      const id = unknownID(once, sent.values);
      const isRepeat = Boolean(held) || unknown.has(id);
      const isKnown = isRepeat ? tellsOfFirst(problem) : isRefused(problem);
      if (isKnown) unknown.delete(id); else if (once) unknown.set(id, sent.key);
      hold(isKnown ? null : sent);
      const words = isKnown ? why(problem) : doubt(problem, once, isRepeat);
      if (isLeft || !dialog.open) {
        end(null);
        say(`${title}: ${words}`);
      } else explain(problem, words);
    };
    const explain = (problem, words) => {
      const found = (problem.problem?.errors ?? []).map(({ field, message }) =>
        [rows.find(({ field: { name, member } }) => (member ?? name) === field), message]);
      if (!held && found.length && found.every(([row]) => row)) return showFaults(found);
      error.textContent = words;
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
      submit.textContent = wording();
    };
    form.onsubmit = async (event) => {
      event.preventDefault();
      if (isSending) return;
      error.hidden = true;
      let sent = held;
      if (!sent) {
        const { values, faults } = collect(rows);
        if (faults.length) { showFaults(faults); return; }
        sent = { values, key: (once && unknown.get(unknownID(once, values))) || api.newKey() };
      }
      isSending = true;
      for (const { input } of rows) input.disabled = true;
      submit.disabled = cancel.disabled = true;
      try {
        const result = await send(sent.values, sent.key);
        if (once) unknown.delete(unknownID(once, sent.values));
        end({ result, values: sent.values });
      } catch (problem) {
        submit.disabled = cancel.disabled = false;
        settle(problem, sent);
      } finally { isSending = false; }
    };
    cancel.onclick = giveUp;
    // Until the answer nobody knows whether the act was done, so that the dialog cannot be given up.
    dialog.oncancel = (event) => { if (isSending) event.preventDefault(); };
    dialog.onclose = () => { if (!isAside && !isSending) giveUp(); };
    current = own;
    dialog.showModal();
    (rows[0]?.input ?? submit).focus();
  });
}

/**
 * A button that asks for an act and says what it did.
 * @param act makes what `ask` takes, when it is pressed; it may look first, and gives null if there is nothing to ask
 * @param done gives the sentence, or a list of it and links, and does what follows, such as showing the new state
 */
export function actButton(text, act, done, { isQuiet = false, label } = {}) {
  const button = el('button', { type: 'button', className: isQuiet ? 'quiet' : '', textContent: text });
  if (label) button.setAttribute('aria-label', label);
  button.onclick = async () => {
    hush();
    const path = location.hash;
    const asked = await act();
    // Whoever has gone on meanwhile is not asked.
    if (!asked || location.hash !== path) return;
    const did = await ask(asked);
    if (did) say(...[done(did.result, did.values)].flat());
  };
  return button;
}
