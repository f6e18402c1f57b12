// Signing in for the frame. The cookie of a sign-in is for our own site alone, so the browser keeps it from a frame in
// another one. A window of ours has it, and hands an access token to this frame.
import { language, words } from '../both/words.js';

const PATIENCE_MS = 500;

let opened = null;

/**
 * Opens the window, and waits for what it hands over. Call it within a click.
 * @param request the `site` whose page holds the frame, and the version of a `consent` that is missing
 * @throws an Error whose message can be shown
 */
export function askForTokens(request) {
  if (opened && !opened.closed) opened.close();
  const own = window.open(`/embed/sign-in${language === 'en' ? '' : `?language=${language}`}`, '_blank', 'popup,width=460,height=680');
  opened = own;
  return new Promise((resolve, reject) => {
    if (!own) {
      reject(new Error(words('embed.blocked')));
      return;
    }
    const end = (settle) => {
      removeEventListener('message', receive);
      clearInterval(watch);
      settle();
    };
    // Only a window of our own origin, and only the one that was opened here.
    const receive = ({ origin, source, data }) => {
      if (origin !== location.origin || source !== own) return;
      if (data?.talktime === 'window') own.postMessage({ talktime: 'request', ...request }, location.origin);
      if (data?.talktime === 'outdated') end(() => reject(new Error(words('consent.outdated'))));
      if (data?.talktime === 'tokens' && isTokens(data)) end(() => resolve(data));
    };
    const watch = setInterval(() => {
      if (own.closed) end(() => reject(new Error(words('embed.closed'))));
    }, PATIENCE_MS);
    addEventListener('message', receive);
  });
}

const isTokens = ({ user, access_token: token }) => typeof user?.id === 'string' && typeof token === 'string';

/**
 * What an access token says of itself.
 * @throws an Error if it cannot be read
 */
const claimsOf = (token) => JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));

/**
 * Whether a token has an operator's rights.
 * @throws an Error if nobody can tell
 */
export const isOperators = (token) => claimsOf(token).scope.split(' ').includes('operator');

/**
 * Whether a talk may begin with this token: a frame cannot get the next one by itself, and a talk that outlives its
 * token ends. At least half of its life is left then.
 */
export function isFresh(token, now = Date.now()) {
  try {
    const { iat, exp } = claimsOf(token);
    return now / 1000 < (iat + exp) / 2;
  } catch { return false; }
}
