// What happened to the security of an account, in pages.
import { trouble, waiting } from '../both/conditions.js';
import { byId, el } from '../both/dom.js';
import { when } from '../both/format.js';
import { Pages } from '../both/pages.js';

const kinds = {
  registered: 'Account created', signed_in: 'Signed in', device_ended: 'Device signed out', email_verified: 'Address confirmed',
  email_change_requested: 'Change of the address asked for', email_changed: 'Address changed', email_change_undone: 'Change of the address undone',
  password_reset_requested: 'New password asked for', password_reset: 'New password by mail', password_changed: 'Password changed',
  google_linked: 'Google added', google_unlinked: 'Google removed', passkey_added: 'Passkey added', passkey_removed: 'Passkey removed',
  second_factor_added: 'Authenticator app added', second_factor_removed: 'Authenticator app removed',
  care_plan_mail_chosen: 'Mails about care plans chosen',
  operator_rights_removed: 'Operator rights removed', disabled: 'Account disabled', enabled: 'Account enabled', claimed: 'Account taken over',
};

/** How somebody signed in, by the names that the server has. */
const ways = {
  pwd: 'by password', google: 'by Google', passkey: 'by passkey', otp: 'by a code of the app', recovery: 'by a recovery code',
  email: 'by a mailed code',
};
const waysOf = (detail = '') => detail.split(/[\s,]+/).map((name) => ways[name]).filter(Boolean);

let events = null;
document.addEventListener('user-left', () => { events = null; });

/** Reads the trail when it is opened. */
export function offerTrail() {
  byId('trail-details').ontoggle = () => { if (byId('trail-details').open) showTrail(); };
}

async function showTrail() {
  const place = byId('trail');
  place.replaceChildren(el('li', {}, waiting('The events are being looked up…')));
  events = new Pages('/auth/trail', 20, ({ at, kind, device }) => `${at} ${kind} ${device}`);
  try {
    await events.refresh();
    paint();
  } catch (error) {
    place.replaceChildren(el('li', {}, trouble(error, showTrail)));
  }
}

function paint() {
  const place = byId('trail');
  if (!place || !events) return;
  place.replaceChildren(...events.items.map(item), ...(events.hasMore ? [older(events.items.length)] : []));
}

function item({ kind, at, network, detail }) {
  const more = [when(at), ...waysOf(detail), network].filter(Boolean).join(', ');
  return el('li', {}, el('span', { textContent: kinds[kind] || kind }), el('span', { className: 'hint', textContent: more }));
}

function older(count) {
  const button = el('button', { className: 'quiet', type: 'button', textContent: 'Show older events' });
  button.onclick = async () => {
    button.disabled = true;
    try {
      await events.more();
      paint();
      const next = byId('trail')?.children[count];
      if (next) next.tabIndex = -1;
      next?.focus();
    } catch (error) { button.parentElement?.replaceChildren(trouble(error, paint)); }
  };
  return el('li', {}, button);
}
