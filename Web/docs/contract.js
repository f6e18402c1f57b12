// Shows /openapi.yaml. That file is written in the part of YAML that is JSON, so no parser has to be loaded.
import { byId, el } from '../both/dom.js';

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete'];

/** What a reference refers to; a value that is none is returned as it is. */
export function resolved(root, value) {
  if (!value?.$ref) return value;
  return resolved(root, value.$ref.split('/').slice(1).reduce((at, name) => at[name], root));
}

/** A text as nodes: `code` between backticks, and **strong** between stars. It is text, never markup. */
function prose(text = '') {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith('`')) return el('code', { textContent: part.slice(1, -1) });
    if (part.startsWith('**')) return el('strong', { textContent: part.slice(2, -2) });
    return part;
  });
}

const paragraphs = (text = '') => text.split('\n\n').filter(Boolean).map((part) => el('p', {}, ...prose(part)));

/** The type and the bounds of a value in words. */
export function kindOf(schema) {
  const words = [[schema.type ?? []].flat().join(' or ')];
  if (schema.format && schema.format !== 'int64') words.push(schema.format);
  const range = (least, most, unit) => {
    if (least === undefined && most === undefined) return;
    if (least === undefined) words.push(`at most ${most}${unit}`);
    else words.push(most === undefined ? `${least}${unit} or more` : `${least} to ${most}${unit}`);
  };
  range(schema.minLength, schema.maxLength, ' characters');
  range(schema.minimum, schema.maximum, '');
  range(schema.minItems, schema.maxItems, ' items');
  if (schema.enum) words.push(`one of ${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`);
  if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
  if (schema.pattern) words.push(`pattern ${schema.pattern}`);
  return words.filter(Boolean).join(', ');
}

/** A schema as nodes, with its members below it. */
function shape(root, given) {
  const schema = resolved(root, given);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    const items = choices.map((choice) => el('li', {}, ...shape(root, choice)));
    const heading = el('p', { className: 'kind', textContent: 'one of' });
    return [...prose(schema.description), heading, el('ul', { className: 'members' }, ...items)];
  }
  const parts = (schema.allOf ?? []).filter((part) => !part.not).map((part) => resolved(root, part));
  if (parts.length) {
    const merged = { type: 'object', required: [], properties: {} };
    for (const part of parts) {
      merged.required.push(...(part.required ?? []));
      Object.assign(merged.properties, part.properties);
    }
    return shape(root, merged);
  }
  const nodes = [el('span', { className: 'kind', textContent: kindOf(schema) }), ' ', ...prose(schema.description)];
  if (schema.items && Object.keys(schema.items).length) {
    nodes.push(el('ul', { className: 'members' }, el('li', {}, ...shape(root, schema.items))));
  }
  const members = Object.entries(schema.properties ?? {}).map(([name, member]) => {
    const isNeeded = schema.required?.includes(name);
    return el('li', {}, el('code', { textContent: name }), isNeeded ? ' ' : ' (optional) ', ...shape(root, member));
  });
  if (members.length) nodes.push(el('ul', { className: 'members' }, ...members));
  return nodes;
}

function table(headings, rows) {
  const cell = (kind, content) => el(kind, kind === 'th' ? { scope: 'col' } : {}, ...[content].flat());
  return el('div', { className: 'scroll' }, el('table', {},
    el('thead', {}, el('tr', {}, ...headings.map((heading) => cell('th', heading)))),
    el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map((content) => cell('td', content)))))));
}

const example = (value) =>
  el('pre', { textContent: typeof value === 'string' ? value : JSON.stringify(value, null, 2) });

const credentials = {
  bearer: 'access token', refreshCookie: 'cookie of the refresh token', razorpaySignature: 'signature of Razorpay',
  elevenLabsSignature: 'signature of ElevenLabs', mailjetSecret: 'basic credentials',
};

export function securityOf(operation) {
  const one = ([name, scopes]) => credentials[name] + (scopes.length ? `, scope ${scopes.join(' ')}` : '');
  const ways = operation.security.map((way) => Object.entries(way).map(one).join(' and ') || 'nothing');
  return ways.length ? ways.join(', or ') : 'nothing';
}

function contents(root, content) {
  return Object.entries(content ?? {}).flatMap(([media, { schema, example: given }]) => {
    const known = resolved(root, schema).examples ?? [];
    const examples = [given, ...known.slice(0, 1)].filter((value) => value !== undefined);
    return [el('p', {}, el('code', { textContent: media })), ...shape(root, schema), ...examples.map(example)];
  });
}

/** The codes of an error's response. */
export function codesOf(response) {
  const parts = response.content?.['application/problem+json']?.schema.allOf ?? [];
  return parts.flatMap((part) => part.properties?.code?.enum ?? []);
}

function details(root, operation) {
  const needed = el('p', { className: 'kind', textContent: `Needs ${securityOf(operation)}.` });
  const nodes = [...paragraphs(operation.description), needed];
  const parameters = (operation.parameters ?? []).map((parameter) => resolved(root, parameter));
  if (parameters.length) {
    nodes.push(el('h3', { textContent: 'Parameters' }), table(['Name', 'In', 'Value'], parameters.map((one) => [
      el('code', { textContent: one.name }), `${one.in}${one.required ? '' : ', optional'}`,
      [...prose(one.description), ' ', ...shape(root, one.schema)]])));
  }
  if (operation.requestBody) {
    nodes.push(el('h3', { textContent: operation.requestBody.required ? 'Body' : 'Body (optional)' }),
      ...contents(root, operation.requestBody.content));
  }
  const responses = Object.entries(operation.responses).map(([status, response]) => [status, resolved(root, response)]);
  for (const [status, response] of responses.filter(([code]) => Number(code) < 400)) {
    nodes.push(el('h3', { textContent: `Response ${status}` }), el('p', {}, ...prose(response.description)));
    const headers = Object.entries(response.headers ?? {}).map(([name, header]) => [name, resolved(root, header)]);
    if (headers.length) {
      nodes.push(table(['Header', 'Value'], headers.map(([name, header]) =>
        [el('code', { textContent: name }), prose(header.description)])));
    }
    nodes.push(...contents(root, response.content));
  }
  const errors = responses.filter(([code]) => Number(code) >= 400);
  if (errors.length) {
    const named = (code) => [el('code', { textContent: code, title: root['x-error-codes'][code] ?? '' }), ' '];
    nodes.push(el('h3', { textContent: 'Errors' }), table(['Status', 'Codes'], errors.map(([status, response]) =>
      [status, codesOf(response).flatMap(named)])));
  }
  return nodes;
}

function entry(root, method, path, operation) {
  const node = el('details', { className: 'operation', id: operation.operationId },
    el('summary', {}, el('span', { className: `method ${method}`, textContent: method.toUpperCase() }),
      el('code', { textContent: path }), el('span', { textContent: operation.summary })));
  // There are a hundred operations: each is built when it is opened.
  node.addEventListener('toggle', () => {
    if (node.open && node.childElementCount === 1) node.append(...details(root, operation));
  });
  node.dataset.words = `${method} ${path} ${operation.operationId} ${operation.summary}`.toLowerCase();
  return node;
}

function filter() {
  const wanted = byId('wanted').value.toLowerCase().split(' ').filter(Boolean);
  let count = 0;
  for (const node of document.querySelectorAll('.operation')) {
    node.hidden = !wanted.every((word) => node.dataset.words.includes(word));
    if (!node.hidden) count += 1;
  }
  for (const group of document.querySelectorAll('#operations section')) {
    group.hidden = !group.querySelector('.operation:not([hidden])');
  }
  byId('found').textContent = `${count} operations`;
}

function openNamed() {
  const node = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!node?.classList.contains('operation')) return;
  node.open = true;
  node.scrollIntoView();
}

async function show() {
  const response = await fetch('/openapi.yaml');
  if (!response.ok) throw new Error(`the document is answered ${response.status}`);
  const root = JSON.parse(await response.text());
  byId('introduction').replaceChildren(...paragraphs(root.info.description));
  byId('operations').replaceChildren(...root.tags.map((tag) => {
    const entries = Object.entries(root.paths).flatMap(([path, item]) => methods
      .filter((method) => item[method]?.tags.includes(tag.name))
      .map((method) => entry(root, method, path, item[method])));
    const hint = el('p', { className: 'hint' }, ...prose(tag.description));
    return el('section', { className: 'card' }, el('h2', { textContent: tag.name }), hint, ...entries);
  }));
  byId('codes').replaceChildren(...Object.entries(root['x-error-codes']).map(([code, meaning]) =>
    el('tr', {}, el('td', {}, el('code', { textContent: code })), el('td', {}, ...prose(meaning)))));
  byId('wanted').addEventListener('input', filter);
  addEventListener('hashchange', openNamed);
  filter();
  openNamed();
}

show().catch((error) => {
  byId('found').textContent = `This page cannot be shown: ${error.message}.`;
});
