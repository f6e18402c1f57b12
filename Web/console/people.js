// Who somebody is: the id of an address, and the address of an id.
import * as api from '../both/api.js';

export const isUUID = (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** @type {Map<string, string | null>} */
const addresses = new Map();

/** Reads the addresses of these accounts, for `addressOf`. One that cannot be read stays without. */
export const learnAddresses = (ids) => Promise.all([...new Set(ids)].filter((id) => isUUID(id) && !addresses.has(id))
  .map(async (id) => {
    try {
      addresses.set(id, (await api.get(`/auth/users/${id}`)).email);
    } catch (error) {
      // A deleted account has none. After any other error the next reader tries again.
      if (error.status === 404) addresses.set(id, null);
    }
  }));

/** The address of an account, if it was read. */
export const addressOf = (id) => addresses.get(id) ?? null;

/** The account of what was typed: an id, or an address. Throws in words if there is none. */
export async function idOf(typed) {
  if (!typed.includes('@')) {
    if (isUUID(typed)) return typed.toLowerCase();
    throw new Error('Type an e-mail address, or an id of 36 characters.');
  }
  const { items } = await api.get(`/auth/users?email=${encodeURIComponent(typed)}`);
  if (!items.length) throw new Error('No account has this address.');
  if (items.length > 1) throw new Error('Several accounts have this address. Type the id of one.');
  return items[0].id;
}
