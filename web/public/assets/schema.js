// @ts-check
import { el, tame } from './dom.js';

/** @typedef {Record<string, any>} Schema  JSON Schema 2020-12, as OpenAPI 3.1 holds it. */

/** Levels; a schema of a connector type of one's own may have any depth. */
const DEPTH_MAX = 12;
const VALUES_MAX = 40;
const TEXT_MAX = 2_000;

/**
 * A schema as nested lists: each property with its type, whether it is required, its bounds and its description.
 *
 * @param {Schema} schema
 * @param {Schema} root what `$ref` points into: the OpenAPI document, or the schema itself when it is one of its own
 * @returns {HTMLElement}
 */
export function schemaView(schema, root) {
  return el('div', { class: 'schema' }, typeLine(schema, root), ...inner(schema, { root, own: schema, above: [] }));
}

/**
 * Text with `code` in backticks.
 *
 * @param {unknown} text
 */
export function prose(text) {
  const parts = tame(text, TEXT_MAX).split('`');
  // An odd number of backticks leaves the last one without its partner: then it is text.
  return el(
    'p',
    {},
    ...parts.map((part, index) => (index % 2 === 1 && index < parts.length - 1 ? el('code', {}, part) : part)),
  );
}

/**
 * A type in words: `string`, `list of string`, `"a" or "b"`.
 *
 * @param {Schema} schema
 * @returns {string}
 */
export function typeWords(schema) {
  if (typeof schema !== 'object' || schema === null) return schema === false ? 'nothing' : 'anything';
  if (typeof schema.$ref === 'string') return refName(schema.$ref);
  if ('const' in schema) return value(schema.const);
  if (Array.isArray(schema.enum)) {
    const more = schema.enum.length > VALUES_MAX ? ` or ${schema.enum.length - VALUES_MAX} more` : '';
    return schema.enum.slice(0, VALUES_MAX).map(value).join(' | ') + more;
  }
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(alternatives)) return [...new Set(alternatives.slice(0, VALUES_MAX).map(typeWords))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  if (schema.type === 'array') return schema.items === undefined ? 'list' : `list of ${typeWords(schema.items)}`;
  if (schema.type === 'object' && schema.properties === undefined && isSchema(schema.additionalProperties)) {
    const words = typeWords(schema.additionalProperties);
    return words === 'anything' ? 'object of any shape' : `object of ${words}`;
  }
  return typeof schema.type === 'string' ? schema.type : 'anything';
}

/** Bounds and other marks, in the order in which they are read. @param {Schema} schema @returns {string[]} */
function marks(schema) {
  /** @type {[string, string][]} */
  const bounds = [
    ['minLength', 'length at least #'],
    ['maxLength', 'length at most #'],
    ['minimum', 'at least #'],
    ['exclusiveMinimum', 'more than #'],
    ['maximum', 'at most #'],
    ['exclusiveMaximum', 'less than #'],
    ['minItems', 'at least # items'],
    ['maxItems', 'at most # items'],
    ['pattern', 'matches #'],
    ['default', 'default #'],
  ];
  return [
    ...(typeof schema.format === 'string' ? [schema.format] : []),
    ...(typeof schema.contentMediaType === 'string' ? [`holds ${tame(schema.contentMediaType, 100)}`] : []),
    ...bounds
      // The ends of what JavaScript counts exactly are no bound that anybody chose.
      .filter(([key]) => schema[key] !== undefined && Math.abs(schema[key]) !== Number.MAX_SAFE_INTEGER)
      // A format's own pattern runs over lines and says no more than its name.
      .filter(([key]) => key !== 'pattern' || schema.format === undefined)
      .map(([key, words]) =>
        words.replace('#', () => (key === 'pattern' ? tame(schema[key], 200) : value(schema[key]))),
      ),
    ...(schema.writeOnly === true ? ['secret: stored encrypted, never answered'] : []),
    ...(schema.deprecated === true ? ['deprecated'] : []),
  ];
}

/**
 * A schema in one line: its type, linked where it has a place of its own, then its bounds.
 *
 * @param {Schema} schema
 * @param {Schema} root as in {@link schemaView}
 */
export function typeLine(schema, root) {
  const words = el('span', { class: 'type' }, tame(typeWords(schema), 600));
  const target = typeof schema?.$ref === 'string' ? schemaAnchor(schema.$ref, root) : undefined;
  const type = target === undefined ? words : el('a', { href: `#${target}` }, words);
  const extra = marks(schema ?? {});
  return el('span', {}, type, ...extra.map((mark) => el('span', { class: 'mark' }, `, ${mark}`)));
}

/**
 * @typedef {object} Place where a schema stands
 * @property {Schema} root
 * @property {Schema} own the outermost schema, into which `#` and `#/$defs/…` point
 * @property {Schema[]} above the schemas around this one
 */

/** @param {Schema} schema @param {Place} place @returns {HTMLElement[]} */
function inner(schema, place) {
  if (!isSchema(schema)) return [];
  if (place.above.includes(schema)) return [el('p', { class: 'muted' }, 'As above: it repeats itself.')];
  if (place.above.length >= DEPTH_MAX)
    return [el('p', { class: 'muted' }, 'More levels than are shown; see openapi.json.')];
  const below = { ...place, above: [...place.above, schema] };

  if (typeof schema.$ref === 'string') {
    // A named schema has its own place on the page, so a link is enough; one that has none is shown here.
    if (schemaAnchor(schema.$ref, place.root) !== undefined) return [];
    const target = resolve(schema.$ref, place);
    return target === undefined ? [] : inner(target, below);
  }
  const views = [];
  if (isSchema(schema.properties)) views.push(properties(schema, below));
  if (isSchema(schema.contentSchema)) views.push(...inner(schema.contentSchema, below));
  if (isSchema(schema.items)) views.push(...inner(schema.items, below));
  if (isSchema(schema.additionalProperties)) views.push(...inner(schema.additionalProperties, below));
  for (const part of schema.allOf ?? []) views.push(...inner(part, below));
  views.push(...alternatives(schema.anyOf ?? schema.oneOf ?? [], below));
  return views;
}

/** @param {Schema} schema @param {Place} below */
function properties(schema, below) {
  const required = new Set(schema.required ?? []);
  const items = Object.entries(schema.properties).map(([name, property]) =>
    el(
      'li',
      {},
      el('code', { class: 'property' }, tame(name, 200)),
      ' ',
      typeLine(property, below.root),
      required.has(name) ? el('span', { class: 'required' }, ' required') : undefined,
      property?.description === undefined ? undefined : prose(property.description),
      ...inner(property, below),
    ),
  );
  return items.length === 0 ? el('p', { class: 'muted' }, 'No properties.') : el('ul', {}, ...items);
}

/** Only when one of them has something inside; the words of the type name them anyway. @param {Schema[]} list @param {Place} below */
function alternatives(list, below) {
  const views = list.slice(0, VALUES_MAX).map((alternative) => ({ alternative, parts: inner(alternative, below) }));
  if (views.every(({ parts }) => parts.length === 0)) return [];
  const items = views.map(({ alternative, parts }) => el('li', {}, typeLine(alternative, below.root), ...parts));
  return [el('p', { class: 'muted' }, 'One of:'), el('ul', {}, ...items)];
}

/** Id of the element that shows a schema of `components.schemas`. @param {string} name */
export function anchorOf(name) {
  return `schema-${name}`;
}

/** @param {string} ref @param {Schema} root */
function schemaAnchor(ref, root) {
  const name = /^#\/components\/schemas\/(.+)$/.exec(ref)?.[1];
  return name !== undefined && Object.hasOwn(root.components?.schemas ?? {}, name) ? anchorOf(name) : undefined;
}

/** @param {string} ref @param {Place} place @returns {Schema | undefined} */
function resolve(ref, { own }) {
  if (ref === '#') return own;
  const name = /^#\/\$defs\/(.+)$/.exec(ref)?.[1];
  return name !== undefined && Object.hasOwn(own.$defs ?? {}, name) ? own.$defs[name] : undefined;
}

/** @param {string} ref */
function refName(ref) {
  return ref === '#' ? 'the same again' : (ref.split('/').at(-1) ?? ref);
}

/** @param {unknown} thing @returns {thing is Schema} */
function isSchema(thing) {
  return typeof thing === 'object' && thing !== null;
}

/** @param {unknown} thing */
function value(thing) {
  return tame(JSON.stringify(thing) ?? 'undefined', 200);
}
