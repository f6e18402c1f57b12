// Writes the types of the HTTP contract for TypeScript's compiler: the namespace `Contract`, with a type for each schema,
// and `Operations` by method and path. The contract is in the part of YAML that is JSON.
//
//   node contract.mjs ../../../Web/openapi.yaml >contract.d.ts
import { readFileSync } from 'node:fs';

const contract = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const methods = ['get', 'head', 'post', 'put', 'patch', 'delete'];

/** What a reference refers to; a value that is none is returned as it is. */
const resolved = (value) =>
  (value?.$ref ? resolved(value.$ref.split('/').slice(1).reduce((at, name) => at[name], contract)) : value);

const primitives = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };
const union = (types) => (types.length ? [...new Set(types)].join(' | ') : 'never');
const comment = (text) => (text ? `/** ${text.replaceAll('*/', '* /').replaceAll('\n', ' ')} */ ` : '');

/** A schema as a type. What a type cannot say, such as a pattern or a bound, is left out. */
function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split('/').at(-1);
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return `(${union(choices.map(typeOf))})`;
  if (schema.allOf) return `(${schema.allOf.filter((part) => !part.not).map(typeOf).join(' & ')})`;
  const kinds = [schema.type ?? (schema.properties ? 'object' : [])].flat();
  if (!kinds.length) return 'unknown';
  return union(kinds.map((kind) => {
    if (kind === 'array') return `Array<${typeOf(schema.items ?? {})}>`;
    return kind === 'object' ? objectOf(schema) : primitives[kind];
  }));
}

/** A schema that does not say what other members there are has none that anybody may rely on. */
function objectOf({ properties = {}, required = [], additionalProperties: others }) {
  const members = Object.entries(properties).map(([name, schema]) =>
    `${comment(schema.description)}${JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)};`);
  if (!members.length) return `Record<string, ${others && others !== true ? typeOf(others) : 'unknown'}>`;
  return `{ ${members.join(' ')} }`;
}

/** What a response's body is for the page, which asks for JSON where there is a choice. */
function answerOf(response) {
  const { content = {} } = resolved(response);
  const kinds = Object.keys(content);
  const media = kinds.find((kind) => kind.includes('json')) ?? kinds[0];
  return media ? typeOf(content[media].schema) : 'null';
}

function operation({ requestBody, responses }) {
  const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const body = requestBody ? typeOf(Object.values(resolved(requestBody).content)[0].schema) : 'undefined';
  return `{ body: ${body}; answer: ${union(answers.map(([, response]) => answerOf(response)))} }`;
}

const lines = Object.entries(contract.components.schemas).map(([name, schema]) =>
  `  ${comment(schema.description)}type ${name} = ${typeOf(schema)};`);
for (const method of methods) {
  const paths = Object.entries(contract.paths).filter(([, item]) => item[method]);
  lines.push(`  interface ${method.toUpperCase()} {`);
  for (const [path, item] of paths) {
    lines.push(`    ${comment(item[method].summary)}${JSON.stringify(path)}: ${operation(item[method])};`);
  }
  lines.push('  }');
}
const names = methods.map((method) => method.toUpperCase());
lines.push(`  interface Operations { ${names.map((name) => `${name}: ${name};`).join(' ')} }`);
lines.push(`  type Code = ${union(Object.keys(contract['x-error-codes']).map((code) => JSON.stringify(code)))};`);
console.log(`declare namespace Contract {\n${lines.join('\n')}\n}`);
