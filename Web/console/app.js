// The operators' console: who may enter, the frame of the views, and the way out.
import * as api from '../both/api.js';
import { explainBy, trouble, waiting } from '../both/conditions.js';
import { alarm, byId, el } from '../both/dom.js';
import { closeDialog, hush, offerProofs } from './dialog.js';
import { role } from './operator.js';
import { route } from './router.js';
import { dropRefusal, showRefusal, showSignIn } from './sign-in.js';
import { showAudit } from './audit.js';
import { showEvent, showEvents } from './events.js';
import { showLive } from './live.js';
import { forgetMeasured, showOverview } from './overview.js';
import { showTalk } from './talk.js';
import { showTask } from './task.js';
import { showTasks } from './tasks.js';
import { showTypes } from './types.js';
import { showUser } from './user.js';
import { showUsers } from './users.js';
import { operatorsWords, requestOf } from './words.js';

const ID = '([0-9a-f-]{36})';
const views = new Map([
  [/^overview$/, { title: 'Overview', show: showOverview }],
  [/^live$/, { title: 'Live talks', show: showLive }],
  [/^talks\/([\w-]{22})$/, { title: 'Talk', show: showTalk }],
  [/^users$/, { title: 'Users', show: showUsers }],
  [new RegExp(`^users/${ID}$`), { title: 'User', show: showUser }],
  [/^tasks$/, { title: 'Tasks', show: showTasks }],
  [new RegExp(`^tasks/${ID}$`), { title: 'Task', show: showTask }],
  [/^types$/, { title: 'Task types', show: showTypes }],
  [/^audit$/, { title: 'Audit', show: showAudit }],
  [/^events$/, { title: 'Events', show: showEvents }],
  [/^events\/([A-Za-z0-9-]{1,200})$/, { title: 'Event', show: showEvent }],
]);
const places = [
  ['overview', 'Overview'], ['live', 'Live talks', 'talks'], ['users', 'Users'], ['tasks', 'Tasks'],
  ['types', 'Task types'], ['events', 'Events'], ['audit', 'Audit'],
];
const NAME = 'Talktime console';
let stop = null;

/** Tells which view is open: by the title, and in the list of views. */
function onShow(path, title, isSame) {
  closeDialog();
  if (!isSame) hush();
  document.title = `${title} · ${NAME}`;
  const part = path.split('/')[0];
  for (const link of byId('views').querySelectorAll('a')) {
    const isOpen = link.dataset.parts.split(' ').includes(part);
    if (isOpen) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
  }
}

function frame(isShown) {
  dropRefusal();
  byId('views').hidden = !isShown;
  document.body.dataset.view = isShown ? 'console' : 'entry';
  if (isShown) return;
  closeDialog();
  hush();
  stop?.();
  stop = null;
}

function enter(user) {
  byId('account').hidden = false;
  byId('who').textContent = user.name || user.email;
  byId('role').hidden = !role();
  byId('role').textContent = role() ?? '';
  offerProofs();
  if (!role()) {
    frame(false);
    document.title = NAME;
    showRefusal(user, () => enter(user), signOut);
    return;
  }
  const isByForm = document.body.dataset.view === 'entry';
  frame(true);
  stop?.();
  stop = route(views, byId('view'), onShow);
  if (isByForm) byId('view').querySelector('h1')?.focus();
}

function leave() {
  frame(false);
  forgetMeasured();
  byId('account').hidden = true;
  document.title = `Sign in · ${NAME}`;
  showSignIn(enter);
}

async function signOut() {
  document.dispatchEvent(new Event('signing-out'));
  try {
    await api.logout();
  } catch {
    alarm('You are still signed in: Talktime cannot answer just now. Try again.');
    return;
  }
  leave();
  byId('entry-title').focus();
}

/** The user whose session goes on, if there is one; else the entry. */
async function begin() {
  byId('view').replaceChildren(waiting('Loading', 3));
  let user;
  try {
    user = await api.refresh();
  } catch (error) {
    if (api.isSessionOver(error) || error.status === 403) leave();
    else if (error.name !== 'AbortError') byId('view').replaceChildren(trouble(error, begin));
    return;
  }
  enter(user);
}

explainBy(operatorsWords, requestOf);
byId('views').append(el('ul', {}, ...places.map(([path, text, ...others]) => {
  const link = el('a', { href: `#${path}`, textContent: text });
  link.dataset.parts = [path, ...others].join(' ');
  return el('li', {}, link);
})));
byId('sign-out').onclick = signOut;
// The fragment is the address of a view.
byId('skip').onclick = (event) => { event.preventDefault(); byId('main').focus(); };
const tellOfNetwork = () => { byId('offline').hidden = navigator.onLine; };
addEventListener('offline', tellOfNetwork);
addEventListener('online', tellOfNetwork);
tellOfNetwork();
document.addEventListener('signed-out', () => {
  // Several requests may hear it. The entry stays in sight until it is known what follows a sign-in.
  if (!stop && byId('entry-form') && byId('account').hidden) return;
  document.dispatchEvent(new Event('signing-out'));
  leave();
  alarm('You were signed out. Sign in again.');
});
// A role may be given or taken with a new token.
addEventListener('hashchange', () => {
  if (stop && !role()) api.get('/auth/me').then(enter, () => {});
  byId('role').textContent = role() ?? '';
});
begin();
