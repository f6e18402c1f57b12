// The HTTP contract as the page uses it. The access token is kept in memory only. The refresh token is a cookie that no
// script can read. The types `Contract` and `Client` come from the contract; `./dev lint` checks against them.
// @ts-check
import { words, wordsOr } from './words.js';

/** @type {string | null} */
let accessToken = null;
/** @type {string | null} */
let userId = null;
/** @type {Promise<Contract.User> | null} */
let refreshing = null;

// The tabs of a browser share the cookie. A tab that has refreshed it passes the new access token to the others.
const tabs = globalThis.BroadcastChannel ? new BroadcastChannel('talktime') : null;
/** @type {Client.SignIn | null} */
let received = null;
if (tabs) {
  tabs.onmessage = ({ data }) => {
    if (data.access_token) received = data;
    else if (userId && data.signed_out === userId) signedOut();
  };
}

/** A refusal of the server, with its problem document. */
export class APIError extends Error {
  /**
   * @param {number} status
   * @param {Client.Problem} problem
   * @param {number | null} retryAfter in seconds
   */
  constructor(status, problem, retryAfter) {
    super(wordsOr(`problem.${problem.code}`, problem.detail || problem.title || words('common.wrong')));
    this.status = status;
    this.code = problem.code || 'unknown';
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

/**
 * What the server says of the fields that were sent; empty if it is about none.
 * @param {{ problem?: Client.Problem }} error
 */
export const faultsOf = ({ problem }) => (problem?.errors ?? [])
  .map(({ field, code, message }) => wordsOr(`problem.${field}.${code}`, message)).join(' ');

const json = { 'Content-Type': 'application/json' };

/** @param {Response} response */
async function read(response) {
  const text = await response.text();
  const type = response.headers.get('Content-Type') || '';
  const body = text && type.includes('json') ? JSON.parse(text) : type.startsWith('text/html') ? text : null;
  if (response.ok) return { status: response.status, body, headers: response.headers };
  throw new APIError(response.status, body || {}, Number(response.headers.get('Retry-After')) || null);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Client.Options<any>} [options]
 */
async function send(method, path, options = {}) {
  const { body, headers, limit, keepalive = false } = options;
  /** @type {RequestInit & { headers: Record<string, string> }} */
  const request = {
    method, headers: { Accept: 'application/json', ...headers }, credentials: 'same-origin', cache: 'no-store', keepalive,
  };
  // @ts-ignore Debian's compiler does not know it yet.
  if (limit) request.signal = AbortSignal.timeout(limit);
  if (body !== undefined) Object.assign(request.headers, json);
  if (body !== undefined) request.body = JSON.stringify(body);
  if (accessToken) request.headers.Authorization = `Bearer ${accessToken}`;
  return read(await fetch(path, request));
}

/** Runs one refresh at a time, in all tabs: the tabs that waited use the access token of the one that refreshed. */
export function refresh() {
  if (!refreshing) {
    received = null;
    refreshing = oneTabAtATime(refreshOrReceive).finally(() => { refreshing = null; });
  }
  return refreshing;
}

/** @param {() => Promise<Contract.User>} body */
const oneTabAtATime = (body) => (navigator.locks ? navigator.locks.request('talktime-refresh', body) : body());

async function refreshOrReceive() {
  const known = userId;
  const tokens = received ?? await renew();
  // Another tab has signed another user in: what this page shows is not theirs, and neither is what it asked for.
  if (known && known !== tokens.user.id) {
    location.reload();
    throw new DOMException('Another user has signed in.', 'AbortError');
  }
  return accept(tokens);
}

/** @returns {Promise<Client.SignIn>} */
async function renew() {
  const tokens = await askForTokens('/auth/refresh');
  tabs?.postMessage({ user: tokens.user, access_token: tokens.access_token });
  return tokens;
}

/**
 * @param {Client.SignIn} tokens
 * @returns {Contract.User}
 */
function accept({ user, access_token: token }) {
  accessToken = token;
  userId = user.id;
  return user;
}

/**
 * @param {string} path
 * @param {object} [body]
 */
async function askForTokens(path, body) {
  const answer = await read(await fetch(path, {
    method: 'POST', credentials: 'same-origin', cache: 'no-store',
    headers: { ...json, 'X-Session': 'cookie' }, body: body && JSON.stringify(body),
  }));
  return answer.body;
}

/**
 * @param {string} path
 * @param {object} body
 */
async function signInBy(path, body) {
  const tokens = await askForTokens(path, body);
  // Where an address has to be proven first, a registration signs nobody in.
  return tokens?.user ? accept(tokens) : null;
}

/**
 * Sends a request of the contract, after a refresh or a proof if the server wants one.
 * @template {Client.Method} M
 * @template {Client.Address<M>} Path
 * @param {M} method
 * @param {Path} path
 * @param {Client.Options<Client.Body<M, Path>>} [options]
 * @returns {Promise<{ status: number, body: Client.Answer<M, Path>, headers: Headers }>}
 */
export async function call(method, path, options = {}) {
  try {
    return await callRefreshed(method, path, options);
  } catch (error) {
    if (error.code !== NEEDS_PROOF || !await proven()) throw error;
    return callRefreshed(method, path, options);
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Client.Options<any>} [options]
 */
async function callRefreshed(method, path, options) {
  try {
    return await send(method, path, options);
  } catch (error) {
    // Any other 401 is about what was sent, such as a wrong password: it would be counted twice.
    if (!(error instanceof APIError) || error.status !== 401 || !TOKEN_IS_OVER.has(error.code) || !accessToken) throw error;
    await refreshOrSignOut();
    return send(method, path, options);
  }
}

const TOKEN_IS_OVER = new Set(['invalid_token', 'token_expired', 'missing_token']);
const NEEDS_PROOF = 'reauthentication_required';

/**
 * Asks the user to prove their identity; false if the user does not want to.
 * @type {() => Promise<boolean>}
 */
let askForProof = async () => false;
/** @type {Promise<boolean> | null} */
let proving = null;
/** @param {() => Promise<boolean>} ask */
export const onProofNeeded = (ask) => { askForProof = ask; };

/** Requests that need a proof at the same time ask for one. The access token is a fresh one then. */
function proven() {
  proving ??= askForProof().finally(() => { proving = null; });
  return proving;
}

/** @param {Contract.ReauthenticationRequest} proof */
export async function reauthenticate(proof) {
  accept((await callRefreshed('POST', '/auth/reauth', { body: proof })).body);
}

/** Only the answer that the session is over ends it. With any other error the caller may try again. */
export async function refreshOrSignOut() {
  try {
    await refresh();
  } catch (error) {
    if (isSessionOver(error)) signedOut();
    throw error;
  }
}

/** @param {unknown} error */
export const isSessionOver = (error) => error instanceof APIError && error.status === 401;

function signedOut() {
  forget();
  document.dispatchEvent(new Event('signed-out'));
}

function forget() {
  accessToken = null;
  userId = null;
}

/**
 * @template {Client.Address<'GET'>} Path
 * @param {Path} path
 * @returns {Promise<Client.Answer<'GET', Path>>}
 */
export const get = async (path) => (await call('GET', path)).body;
/**
 * @template {Client.Address<'POST'>} Path
 * @param {Path} path
 * @param {Client.Body<'POST', Path>} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<Client.Answer<'POST', Path>>}
 */
export const post = async (path, body, headers) => (await call('POST', path, { body, headers })).body;
/** @param {Contract.RegisterRequest} form */
export const register = (form) => signInBy('/auth/register', form);
/** @param {Contract.LoginRequest} form */
export const login = (form) => signInBy('/auth/login', form);
/** @param {Contract.SecondFactorRequest} form */
export const secondFactor = (form) => signInBy('/auth/second-factor', form);
/** @param {Contract.GoogleCredentialRequest} form */
export const google = (form) => signInBy('/auth/google', form);
/** @param {Contract.PasskeyAssertion} credential */
export const passkey = (credential) => signInBy('/auth/passkey', credential);

const LOGOUT_LIMIT_MS = 10_000;

/** Throws if the device is still signed in. An access token that has run out does not matter: the cookie counts, too. */
export async function logout() {
  /** @type {Record<string, string>} */
  const headers = { ...json, 'X-Session': 'cookie' };
  if (accessToken) headers.Authorization = `Bearer ${accessToken}`;
  // @ts-ignore Debian's compiler does not know it yet.
  const signal = AbortSignal.timeout(LOGOUT_LIMIT_MS);
  await read(await fetch('/auth/logout', { method: 'POST', credentials: 'same-origin', headers, signal }));
  // The tabs of a browser are one device: all of them are signed out now.
  if (userId) tabs?.postMessage({ signed_out: userId });
  forget();
}

/**
 * Signs in with the access token that another window of ours has handed over.
 * @param {Contract.Tokens} tokens
 */
export const adopt = (tokens) => accept(tokens);

/** The token for the live link, whose socket accepts no header. */
export const bearer = () => accessToken;
export const newKey = () => crypto.randomUUID();
