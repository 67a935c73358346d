// @ts-check
import { el, icon, tame } from './dom.js';
import { exactTime, relativeTime } from './time.js';

/** Characters; a cell shows a name at a glance, its tooltip more of it. */
const NAME_MAX = 80;
const TOOLTIP_MAX = 1_000;
const REASON_MAX = 300;
const TAGS_MAX = 4;

/** How each outcome of an execution is shown: `kind` decides the colour. */
const OUTCOMES = /** @type {const} */ ({
  succeeded: { kind: 'succeeded', icon: 'succeeded' },
  failed: { kind: 'failed', icon: 'failed' },
  expired: { kind: 'failed', icon: 'failed' },
  cancelled: { kind: 'neutral', icon: 'stopped' },
  queued: { kind: 'neutral', icon: 'waiting' },
  running: { kind: 'neutral', icon: 'waiting' },
  retrying: { kind: 'warning', icon: 'waiting' },
});

/** @param {string} outcome */
function outcomeStyle(outcome) {
  return Object.hasOwn(OUTCOMES, outcome)
    ? OUTCOMES[/** @type {keyof typeof OUTCOMES} */ (outcome)]
    : /** @type {const} */ ({ kind: 'neutral', icon: 'waiting' });
}

/**
 * One row of the list.
 *
 * @param {import('./connector-filter.js').Row} row
 * @param {Date} now
 */
export function connectorRow({ connector, type, typeName }, now) {
  return el(
    'tr',
    {},
    cell('Name', text('bdi', connector.name, 'name'), ...badges(connector, type), ...tags(connector.tags ?? [])),
    cell('Type', text(type === undefined ? 'code' : 'bdi', typeName)),
    cell('Id', text('code', connector.id, 'id')),
    cell('Last run', ...lastRun(connector.last_execution ?? null, now)),
  );
}

/** A row of the same height that stands in while the list is on its way. */
export function placeholderRow() {
  const bar = () => el('td', {}, el('span', { class: 'bar' }));
  return el('tr', { class: 'placeholder', 'aria-hidden': 'true' }, bar(), bar(), bar(), bar());
}

/**
 * Brings the relative times below `container` up to date.
 *
 * @param {HTMLElement} container
 * @param {Date} now
 */
export function refreshTimes(container, now) {
  for (const time of container.querySelectorAll('time')) {
    const text = relativeTime(new Date(time.dateTime), now);
    // Only what changed: a screen reader's place and a selection stay where they are.
    if (time.textContent !== text) time.textContent = text;
  }
}

/**
 * @param {string} label shown in front of the value where rows are laid out as blocks
 * @param {...Node} children
 */
function cell(label, ...children) {
  // Spaces between them also for those who copy the row or have it read out.
  const spaced = children.flatMap((child) => [child, ' ']);
  return el('td', { 'data-label': label }, el('div', {}, ...spaced));
}

/**
 * @param {'bdi' | 'code'} tag `bdi` keeps a name's direction from its neighbours
 * @param {string} value
 * @param {string} [className]
 */
function text(tag, value, className) {
  return el(
    tag,
    { class: className, title: tame(value, TOOLTIP_MAX), dir: tag === 'code' ? 'ltr' : 'auto' },
    tame(value, NAME_MAX),
  );
}

/**
 * @param {import('./connector-filter.js').Connector} connector
 * @param {import('./connector-filter.js').ConnectorType | undefined} type
 */
function badges(connector, type) {
  /** @type {[boolean, string, string, string][]} whether, word, kind, explanation */
  const all = [
    [
      connector.is_preconfigured,
      'preconfigured',
      'neutral',
      'Defined in the server’s settings; it cannot be changed here.',
    ],
    [
      connector.is_deprecated || connector.is_connector_type_deprecated,
      'deprecated',
      'warning',
      'This kind of connector is on its way out. Move to its successor.',
    ],
    [
      connector.is_missing_secrets === true,
      'missing secrets',
      'failed',
      'It was imported without its secrets. Set them before it can run.',
    ],
    [type === undefined, 'type not registered', 'failed', 'This server has no such connector type, so it cannot run.'],
    [
      type?.enabled === false,
      'type disabled',
      'warning',
      'The setting xpack.actions.enabledActionTypes leaves this type out.',
    ],
  ];
  return all
    .filter(([applies]) => applies)
    .map(([, word, kind, explanation]) => el('span', { class: `badge ${kind}`, title: explanation }, word));
}

/** @param {string[]} tags */
function tags(tags) {
  const shown = tags.slice(0, TAGS_MAX).map((tag) => el('bdi', { class: 'tag' }, tame(tag, 30)));
  if (tags.length > TAGS_MAX) shown.push(el('bdi', { class: 'tag' }, `+${tags.length - TAGS_MAX}`));
  return shown;
}

/**
 * @param {import('./connector-filter.js').Connector['last_execution'] & {} | null} last
 * @param {Date} now
 * @returns {HTMLElement[]}
 */
function lastRun(last, now) {
  if (last === null) return [el('span', { class: 'muted' }, 'never')];
  const style = outcomeStyle(last.outcome);
  const at = new Date(last.at);
  const status = el('span', { class: `status ${style.kind}` });
  status.append(icon(style.icon), tame(last.outcome, 20));
  const time = el('time', { datetime: last.at, title: exactTime(at) }, relativeTime(at, now));
  const line = el('span', { class: 'run' }, status, ' · ', time);
  if (style.kind === 'succeeded' || !last.message) return [line];
  return [line, el('bdi', { class: 'reason', title: tame(last.message, TOOLTIP_MAX) }, tame(last.message, REASON_MAX))];
}
