// Who the operator is, as the access token says. The services check the role of each request themselves: here it only
// decides what is shown.
import * as api from '../both/api.js';

const ranks = ['support', 'finance', 'admin'];

function claims() {
  try {
    return JSON.parse(atob(api.bearer().split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
  } catch { return {}; }
}

/** The role of the token; null if it has not the rights of an operator. */
export function role() {
  const { scope = '', role: own } = claims();
  return scope.split(' ').includes('operator') && ranks.includes(own) ? own : null;
}

/** Whether the operator has this role or a higher one. */
export const may = (least) => ranks.indexOf(role()) >= ranks.indexOf(least);

/** The operator's own id. */
export const ownID = () => claims().sub;
