// @ts-check
import { call, isProblem, signInUrl } from './client.js';
import { byId, el, tame } from './dom.js';
import { anchorOf, prose, schemaView, typeLine } from './schema.js';
import { showFailure, showWho } from './shell.js';

/** @typedef {import('./schema.js').Schema} Json */
/** @typedef {{ group: string, title: Element, anchor: string, view: HTMLElement, text: string }} Entry  One thing that can be found and linked. */

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const SCHEMA_GROUP = 'schemas of the connector types';

/** @type {HTMLInputElement} */
const search = byId('search');
const summary = byId('summary');
const notice = byId('notice');
/** @typedef {{ sections: [HTMLElement, HTMLElement], members: { entry: Entry, link: HTMLElement }[] }} Group  A tag: its part of the contents and of the text. */

/** @type {Group[]} */
let groups = [];

async function load() {
  notice.replaceChildren();
  try {
    const [document] = await Promise.all([call('api/openapi.json'), showWho()]);
    draw(document);
  } catch (error) {
    summary.textContent = '';
    if (isProblem(error) && error.status === 401) return askToSignIn();
    showFailure('The reference could not be loaded', error, load);
  }
}

function askToSignIn() {
  notice.replaceChildren(
    el(
      'div',
      { class: 'notice' },
      el('h2', {}, 'Sign in to read the reference'),
      el('p', {}, 'It describes the connector types of this server, so it is shown to its users only.'),
      el('a', { class: 'button primary', href: signInUrl() }, 'Sign in'),
    ),
  );
}

/** @param {Json} document OpenAPI 3.1 */
function draw(document) {
  const entries = [...operationEntries(document), ...schemaEntries(document)];
  groups = [...Map.groupBy(entries, ({ group }) => group)].map(([name, members]) => drawGroup(name, members));
  byId('contents').replaceChildren(...groups.map(({ sections }) => sections[0]));
  byId('operations').replaceChildren(
    prose(document.info.description ?? ''),
    ...groups.map(({ sections }) => sections[1]),
  );
  filter();
  goToAnchor();
}

/** @param {string} name @param {Entry[]} entries @returns {Group} */
function drawGroup(name, entries) {
  const members = entries.map((entry) => ({
    entry,
    link: el('li', {}, el('a', { href: `#${entry.anchor}` }, entry.title.cloneNode(true))),
  }));
  const title = name.charAt(0).toUpperCase() + name.slice(1);
  return {
    members,
    sections: [
      el('section', {}, el('h2', {}, title), el('ul', {}, ...members.map(({ link }) => link))),
      el('section', {}, el('h2', {}, title), ...entries.map(({ view }) => view)),
    ],
  };
}

/** @param {Json} document @returns {Entry[]} by tag, in the order of the document */
function operationEntries(document) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => {
      const operation = item[method];
      const anchor = `operation-${operation.operationId ?? `${method}-${path}`}`;
      const title = signature(method, path);
      const view = el(
        'article',
        { id: anchor, 'data-operation': `${method.toUpperCase()} ${path}` },
        el('h3', {}, el('a', { href: `#${anchor}` }, title.cloneNode(true))),
        el('p', { class: 'lead' }, tame(operation.summary ?? '', 300)),
        operation.description === undefined ? undefined : prose(operation.description),
        ...parametersView(operation.parameters ?? [], document),
        ...bodyView('Request body', operation.requestBody, document),
        ...answersView(operation.responses ?? {}, document),
      );
      const group = operation.tags?.[0] ?? 'other';
      return { group, title, anchor, view, text: `${method} ${path} ${group} ${view.textContent}`.toLowerCase() };
    }),
  );
}

/** @param {Json} document @returns {Entry[]} */
function schemaEntries(document) {
  return Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => {
    const title = el('code', {}, tame(name, 200));
    const view = el(
      'article',
      { id: anchorOf(name), 'data-schema': name },
      el('h3', {}, el('a', { href: `#${anchorOf(name)}` }, title.cloneNode(true))),
      schema.description === undefined ? undefined : prose(schema.description),
      schemaView(schema, document),
    );
    return {
      group: SCHEMA_GROUP,
      title,
      anchor: anchorOf(name),
      view,
      text: `${name} ${view.textContent}`.toLowerCase(),
    };
  });
}

/** @param {string} method @param {string} path */
function signature(method, path) {
  // Places where a long path may break: behind each slash.
  const parts = tame(path, 500)
    .split(/(?<=\/)/)
    .flatMap((part) => [part, el('wbr')]);
  return el('code', {}, el('span', { class: `method ${method}` }, method.toUpperCase()), ' ', ...parts);
}

/** @param {Json[]} parameters @param {Json} document */
function parametersView(parameters, document) {
  if (parameters.length === 0) return [];
  const rows = parameters.map((parameter) =>
    el(
      'tr',
      {},
      el(
        'td',
        {},
        el('code', {}, tame(parameter.name, 200)),
        parameter.required ? el('span', { class: 'required' }, ' required') : undefined,
      ),
      el('td', {}, tame(parameter.in, 20)),
      el('td', {}, typeLine(parameter.schema, document)),
      el('td', {}, prose(parameter.description ?? '')),
    ),
  );
  const head = ['Name', 'In', 'Type', 'Meaning'].map((title) => el('th', { scope: 'col' }, title));
  return [
    el('h4', {}, 'Parameters'),
    el(
      'div',
      { class: 'scroll' },
      el('table', { class: 'parameters' }, el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...rows)),
    ),
  ];
}

/** @param {string} title @param {Json | undefined} body @param {Json} document */
function bodyView(title, body, document) {
  if (body === undefined) return [];
  return [el('h4', {}, title), ...contentView(body, document)];
}

/** @param {Json} body a request body or an answer @param {Json} document */
function contentView(body, document) {
  return Object.entries(body.content ?? {}).map(([mediaType, { schema }]) =>
    el(
      'div',
      {},
      mediaType === 'application/json' ? undefined : el('code', {}, tame(mediaType, 100)),
      schema === undefined ? undefined : schemaView(schema, document),
    ),
  );
}

/** @param {Json} responses by status @param {Json} document */
function answersView(responses, document) {
  const answers = Object.entries(responses).map(([status, response]) => {
    const isSuccess = status.startsWith('2');
    const title = [
      el('code', { class: isSuccess ? 'ok' : 'refused' }, status),
      ` ${tame(response.description ?? '', 300)}`,
    ];
    if (response.content === undefined) return el('p', { class: 'answer' }, ...title);
    return el(
      'details',
      { class: 'answer', open: isSuccess },
      el('summary', {}, ...title),
      ...contentView(response, document),
    );
  });
  return [el('h4', {}, 'Answers'), ...answers];
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  let all = 0;
  for (const { sections, members } of groups) {
    const before = found;
    for (const { entry, link } of members) {
      const isFound = words.every((word) => entry.text.includes(word));
      entry.view.hidden = !isFound;
      link.hidden = !isFound;
      if (isFound) found += 1;
    }
    all += members.length;
    for (const section of sections) section.hidden = found === before;
  }
  summary.textContent = found === 0 ? 'Nothing matches the search.' : `${found} of ${all} operations and schemas`;
}

/** The address may name an entry, which exists only now: going there again scrolls to it and marks it. */
function goToAnchor() {
  if (location.hash !== '') location.replace(location.hash);
}

search.addEventListener('input', filter);
load();
