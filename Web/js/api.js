// The HTTP contract as the page uses it. The access token is kept in memory only. The refresh token is a cookie that no
// script can read.
let accessToken = null;
let refreshing = null;

export class APIError extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.detail || problem.title || 'Something went wrong');
    this.status = status;
    this.code = problem.code || 'unknown';
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

const json = { 'Content-Type': 'application/json' };

async function read(response) {
  const text = await response.text();
  const type = response.headers.get('Content-Type') || '';
  const body = text && type.includes('json') ? JSON.parse(text) : type.startsWith('text/html') ? text : null;
  if (response.ok) return { status: response.status, body, headers: response.headers };
  throw new APIError(response.status, body || {}, Number(response.headers.get('Retry-After')) || null);
}

async function send(method, path, { body, headers = {}, empty = false } = {}) {
  const options = { method, headers: { Accept: 'application/json', ...headers }, credentials: 'same-origin', cache: 'no-store' };
  if (body !== undefined) Object.assign(options.headers, json);
  if (body !== undefined) options.body = JSON.stringify(body);
  if (accessToken) options.headers.Authorization = `Bearer ${accessToken}`;
  if (empty) delete options.body;
  return read(await fetch(path, options));
}

/** Runs one refresh at a time: two refreshes would look like a stolen token. */
export function refresh() {
  refreshing ??= read_tokens('/auth/refresh').finally(() => { refreshing = null; });
  return refreshing;
}

async function read_tokens(path, body) {
  const answer = await read(await fetch(path, {
    method: 'POST', credentials: 'same-origin', cache: 'no-store',
    headers: { ...json, 'X-Session': 'cookie' }, body: body && JSON.stringify(body),
  }));
  accessToken = answer.body.access_token;
  return answer.body.user;
}

export async function call(method, path, options = {}) {
  try {
    return await send(method, path, options);
  } catch (error) {
    if (!(error instanceof APIError) || error.status !== 401 || !accessToken) throw error;
    await refresh();
    return send(method, path, options);
  }
}

export const get = async (path) => (await call('GET', path)).body;
export const post = async (path, body, headers) => (await call('POST', path, { body, headers })).body;
export const register = (form) => read_tokens('/auth/register', form);
export const login = (form) => read_tokens('/auth/login', form);
export const google = (form) => read_tokens('/auth/google', form);

export async function logout() {
  try {
    await fetch('/auth/logout', {
      method: 'POST', credentials: 'same-origin',
      headers: { ...json, 'X-Session': 'cookie', Authorization: `Bearer ${accessToken}` },
    });
  } finally {
    accessToken = null;
  }
}

/** The token for the live link, whose socket accepts no header. */
export const bearer = () => accessToken;
export const newKey = () => crypto.randomUUID();
