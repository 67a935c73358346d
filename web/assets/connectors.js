// @ts-check
import { call, isProblem, root } from './client.js';
import { filterRows, toRows } from './connector-filter.js';
import { connectorRow, placeholderRow, refreshTimes } from './connector-row.js';
import { byId, el, tame } from './dom.js';
import { goToSignIn, showFailure, showWho } from './shell.js';

/** Rows drawn at once: enough to scan, few enough to redraw between two key presses. */
const PAGE_SIZE = 100;
const REFRESH_TIMES_MS = 30_000;

/** @type {HTMLInputElement} */
const search = byId('search');
/** @type {HTMLSelectElement} */
const typeMenu = byId('type');
/** @type {HTMLButtonElement} */
const previous = byId('previous');
/** @type {HTMLButtonElement} */
const next = byId('next');
const table = byId('table');
const rowsBody = byId('rows');
const notice = byId('notice');
const summary = byId('summary');

/** @type {import('./connector-filter.js').Row[]} */
let rows = [];
let isLoaded = false;
// What the address says. The type waits here until the menu has its options.
const address = new URLSearchParams(location.search);
let page = Math.max(0, (Number.parseInt(address.get('page') ?? '1', 10) || 1) - 1);
const wantedType = address.get('type') ?? '';
search.value = (address.get('q') ?? '').slice(0, search.maxLength);

async function load() {
  notice.replaceChildren();
  table.hidden = false;
  table.setAttribute('aria-busy', 'true');
  summary.textContent = 'Loading connectors…';
  rowsBody.replaceChildren(...Array.from({ length: 10 }, placeholderRow));
  try {
    const [connectors, types] = await Promise.all([
      call('api/actions/connectors?extended=true'),
      call('api/actions/connector_types'),
      showWho(),
    ]);
    rows = toRows(connectors, types);
    isLoaded = true;
    drawTypeMenu(new Map());
    typeMenu.value = wantedType;
    // A type that no connector has is no option of the menu; the filter is then none.
    if (typeMenu.selectedIndex === -1) typeMenu.value = '';
    draw();
  } catch (error) {
    if (isProblem(error) && error.status === 401) return goToSignIn();
    table.hidden = true;
    summary.textContent = '';
    showFailure('The connectors could not be loaded', error, load);
  } finally {
    table.removeAttribute('aria-busy');
  }
}

function draw() {
  const { found, counts } = filterRows(rows, { search: search.value, typeId: typeMenu.value });
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  page = Math.min(page, pages - 1);
  const first = page * PAGE_SIZE;
  const shown = found.slice(first, first + PAGE_SIZE);
  const now = new Date();
  rowsBody.replaceChildren(...shown.map((row) => connectorRow(row, now)));
  table.hidden = found.length === 0;
  drawTypeMenu(counts);
  drawPages(pages, first, shown.length, found.length);
  if (rows.length === 0) notice.replaceChildren(emptyState());
  else notice.replaceChildren(...(found.length === 0 ? [noMatch()] : []));
  writeAddress();
}

/** @param {Map<string, number>} counts */
function drawTypeMenu(counts) {
  const names = new Map(rows.map(({ connector, typeName }) => [connector.connector_type_id, typeName]));
  const chosen = typeMenu.value;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const options = [...names]
    .sort(([, a], [, b]) => a.localeCompare(b, 'en'))
    .map(([id, name]) => el('option', { value: id }, `${tame(name, 60)} (${format(counts.get(id) ?? 0)})`));
  typeMenu.replaceChildren(el('option', { value: '' }, `All types (${format(total)})`), ...options);
  typeMenu.value = chosen;
}

/**
 * @param {number} pages
 * @param {number} first index of the first row shown
 * @param {number} shown
 * @param {number} found
 */
function drawPages(pages, first, shown, found) {
  const all = found === rows.length ? '' : ` of ${format(rows.length)}`;
  const noun = rows.length === 1 ? 'connector' : 'connectors';
  summary.textContent = rows.length === 0 ? '' : `${format(found)}${all} ${noun}`;
  byId('pages').hidden = pages === 1;
  byId('page').textContent = `${format(first + 1)}–${format(first + shown)} of ${format(found)}`;
  // Not disabled: a button that takes the focus away at the last page makes the keyboard lose its place.
  previous.setAttribute('aria-disabled', String(page === 0));
  next.setAttribute('aria-disabled', String(page === pages - 1));
}

function emptyState() {
  const command = [
    `curl -u admin '${new URL('api/actions/connector', root).href}' \\`,
    `  -H 'kbn-xsrf: true' -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify({
      name: 'My first webhook',
      connector_type_id: '.webhook',
      config: { url: 'http://127.0.0.1:9999/hook', hasAuth: false },
    })}'`,
  ].join('\n');
  const pre = el('pre', { tabindex: '0', 'aria-label': 'Command' }, el('code', {}, command));
  const copy = el('button', { type: 'button', class: 'primary' }, 'Copy command');
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(command);
      copy.textContent = 'Copied';
    } catch {
      // Browsers keep the clipboard from pages without TLS: select it, so that one key press does the rest.
      getSelection()?.selectAllChildren(pre);
      copy.textContent = 'Selected: press Ctrl+C or ⌘C';
    }
  });
  return el(
    'div',
    { class: 'notice' },
    el('h2', {}, 'No connectors in this space yet'),
    el(
      'p',
      {},
      'Connectors that you create, and those of the server’s settings, will appear here with their type and last run.',
    ),
    el(
      'p',
      {},
      'To try it, run ',
      el('code', {}, 'npx patchbay simulate webhook --port 9999'),
      ', which shows what arrives, and create a connector for it:',
    ),
    pre,
    copy,
  );
}

function noMatch() {
  const clear = el('button', { type: 'button' }, 'Clear search and filter');
  clear.addEventListener('click', () => {
    search.value = '';
    typeMenu.value = '';
    draw();
    search.focus();
  });
  return el('div', { class: 'notice' }, el('h2', {}, 'No connector matches the search and the filter'), clear);
}

/** Search, filter and page stand in the address, so that a reload and a link keep them. */
function writeAddress() {
  const query = new URLSearchParams();
  if (search.value !== '') query.set('q', search.value);
  if (typeMenu.value !== '') query.set('type', typeMenu.value);
  if (page > 0) query.set('page', String(page + 1));
  const text = query.size === 0 ? '' : `?${query}`;
  if (text !== location.search) history.replaceState(null, '', `${location.pathname}${text}`);
}

/** @param {number} step */
function turn(step) {
  const pages = Math.ceil(filterRows(rows, { search: search.value, typeId: typeMenu.value }).found.length / PAGE_SIZE);
  if (page + step < 0 || page + step >= pages) return;
  page += step;
  draw();
  byId('main').scrollIntoView();
}

/** @param {number} count */
function format(count) {
  return count.toLocaleString('en');
}

for (const [control, event] of /** @type {const} */ ([
  [search, 'input'],
  [typeMenu, 'change'],
])) {
  control.addEventListener(event, () => {
    // What is typed while the list is on its way is applied when it is there.
    if (!isLoaded) return;
    page = 0;
    draw();
  });
}
previous.addEventListener('click', () => turn(-1));
next.addEventListener('click', () => turn(1));
setInterval(() => refreshTimes(rowsBody, new Date()), REFRESH_TIMES_MS);
load();
