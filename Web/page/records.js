// The views of single records: a talk, and the statement of a month. Each is fetched when its address is first gone to.
import { trouble, waiting } from '../both/conditions.js';
import { byId } from '../both/dom.js';
import { words } from '../both/words.js';
import { offerMonths } from './history.js';
import { entitle, go } from './router.js';

/** By the name of the view, which is that of its place, too: what shows the record that the address names. */
const records = {
  'talk-record': async (id) => (await import('./talk-proof.js')).showTalk(id),
  statement: async (month) => (await import('./statement.js')).showStatement(month, { owner, go }),
};
let owner = null;

/** To be called when somebody is at home. */
export function showRecords(user) {
  owner = user;
  offerMonths(user);
}

async function show(name) {
  const address = location.pathname;
  byId(name).replaceChildren(waiting(words('common.moment')));
  try {
    const title = await records[name](address.split('/').at(-1));
    if (title && location.pathname === address) entitle(title);
  } catch (error) {
    byId(name)?.replaceChildren(trouble(error, () => show(name)));
  }
}

document.addEventListener('view-shown', ({ detail }) => { if (Object.hasOwn(records, detail ?? '')) show(detail); });
