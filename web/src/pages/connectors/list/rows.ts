import type { Activity, ConnectorType, HourlyCounts, ListedConnector, Usage, Use } from '../../../api/connectors.ts';
import { listWords } from '../../../words/list.ts';

/** What the list says about a connector in one word, and filters by. */
export const HEALTHS = ['failing', 'retrying', 'blocked', 'working', 'cancelled', 'never'] as const;
export type Health = (typeof HEALTHS)[number];

/** Why a connector cannot run, whatever its last run did. */
export type Block = 'missing-secrets' | 'type-disabled' | 'type-unknown';

/** One connector with all that the list knows about it, made ready to be searched and sorted. */
export interface Row {
  readonly id: string;
  readonly connector: ListedConnector;
  readonly type: ConnectorType | undefined;
  /** The type's id where the server has no such type. */
  readonly typeName: string;
  readonly tags: readonly string[];
  readonly health: Health;
  readonly block: Block | undefined;
  readonly isDeprecated: boolean;
  /** Milliseconds since the epoch; 0 when it never ran. */
  readonly lastAt: number;
  /** Undefined while it is not known. */
  readonly hours: HourlyCounts | undefined;
  /** Executions of the last 24 hours that failed. */
  readonly failedToday: number;
  readonly ranToday: number;
  /** Undefined while it is not known. */
  readonly uses: readonly Use[] | undefined;
  /** In lower case: everything that the search looks at. */
  readonly text: string;
}

const NO_USES: readonly Use[] = [];
const NO_RUNS: HourlyCounts = { succeeded: [], failed: [] };
const NO_TAGS: readonly string[] = [];
const byText = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** @returns rows by name; names that are the same by id */
export function toRows(
  connectors: readonly ListedConnector[],
  types: readonly ConnectorType[],
  activity: Activity | undefined,
  usage: Usage | undefined,
): Row[] {
  const typesById = new Map(types.map((type) => [type.id, type]));
  // As maps: an id may be the name of something that every object has.
  const hours = activity && new Map(Object.entries(activity.connectors));
  const uses = usage && new Map(Object.entries(usage));
  return connectors
    .map((connector) =>
      toRow(
        connector,
        typesById.get(connector.connector_type_id),
        hours && (hours.get(connector.id) ?? NO_RUNS),
        uses && (uses.get(connector.id) ?? NO_USES),
      ),
    )
    .sort((a, b) => byText.compare(a.connector.name, b.connector.name) || (a.id < b.id ? -1 : 1));
}

function toRow(
  connector: ListedConnector,
  type: ConnectorType | undefined,
  hours: HourlyCounts | undefined,
  uses: readonly Use[] | undefined,
): Row {
  const typeName = type?.name ?? connector.connector_type_id;
  const tags = connector.tags ?? NO_TAGS;
  const block = blockOf(connector, type);
  const failedToday = sum(hours?.failed);
  return {
    id: connector.id,
    connector,
    type,
    typeName,
    tags,
    block,
    health: block === undefined ? healthOf(connector.last_execution?.outcome) : 'blocked',
    isDeprecated: connector.is_deprecated || connector.is_connector_type_deprecated,
    lastAt: connector.last_execution == null ? 0 : Date.parse(connector.last_execution.at),
    hours,
    failedToday,
    ranToday: failedToday + sum(hours?.succeeded),
    uses,
    text: [connector.name, connector.id, typeName, connector.connector_type_id, ...tags].join('\n').toLowerCase(),
  };
}

function blockOf(connector: ListedConnector, type: ConnectorType | undefined): Block | undefined {
  if (type === undefined) return 'type-unknown';
  // A preconfigured connector runs although its type is left out of the enabled ones.
  if (!type.enabled && !connector.is_preconfigured) return 'type-disabled';
  return connector.is_missing_secrets === true ? 'missing-secrets' : undefined;
}

function healthOf(outcome: string | undefined): Health {
  switch (outcome) {
    case undefined:
      return 'never';
    case 'succeeded':
      return 'working';
    case 'cancelled':
      return 'cancelled';
    case 'failed':
    case 'expired':
      return 'failing';
    default:
      return 'retrying';
  }
}

/** Why the last run failed, or why none can be, in words. */
export function reasonOf({ block, connector }: Row): string | undefined {
  if (block !== undefined) return listWords.block[block];
  const last = connector.last_execution;
  return last == null || last.outcome === 'succeeded' ? undefined : last.message;
}

const sum = (counts: readonly number[] | undefined) => (counts ?? []).reduce((total, count) => total + count, 0);

/** What is looked for; an empty list of choices lets everything through. */
export interface ListFilter {
  readonly search: string;
  readonly types: readonly string[];
  readonly healths: readonly string[];
  readonly tags: readonly string[];
}

/** How many rows each choice of a menu would show beside what the other filters ask for. */
export interface FilterCounts {
  readonly types: ReadonlyMap<string, number>;
  readonly healths: ReadonlyMap<string, number>;
  readonly tags: ReadonlyMap<string, number>;
}

/** The rows that have every word of the search and one choice of each filter, in their order. */
export function filterRows(rows: readonly Row[], filter: ListFilter): { found: Row[]; counts: FilterCounts } {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const [types, healths, tags] = [new Set(filter.types), new Set(filter.healths), new Set(filter.tags)];
  const counts = {
    types: new Map<string, number>(),
    healths: new Map<string, number>(),
    tags: new Map<string, number>(),
  };
  const found: Row[] = [];
  for (const row of rows) {
    if (!words.every((word) => row.text.includes(word))) continue;
    const typeId = row.connector.connector_type_id;
    const hasType = types.size === 0 || types.has(typeId);
    const hasHealth = healths.size === 0 || healths.has(row.health);
    const hasTag = tags.size === 0 || row.tags.some((tag) => tags.has(tag));
    if (hasHealth && hasTag) add(counts.types, typeId);
    if (hasType && hasTag) add(counts.healths, row.health);
    if (hasType && hasHealth) for (const tag of row.tags) add(counts.tags, tag);
    if (hasType && hasHealth && hasTag) found.push(row);
  }
  return { found, counts };
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** What is asked for most often comes first: the latest, the most failures, the most used. */
export const DESCENDING_FIRST: readonly string[] = ['last', 'day', 'used'];
export const SORT_KEYS = ['name', 'type', 'last', 'day', 'used'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** Rows are by name already, so what is equal stays by name. */
const COMPARE: Readonly<Record<Exclude<SortKey, 'name'>, (a: Row, b: Row) => number>> = {
  type: (a, b) => byText.compare(a.typeName, b.typeName),
  last: (a, b) => a.lastAt - b.lastAt,
  day: (a, b) => a.failedToday - b.failedToday || a.ranToday - b.ranToday,
  used: (a, b) => (a.uses?.length ?? 0) - (b.uses?.length ?? 0),
};

/** @param rows as {@link toRows} orders them */
export function sortRows(rows: readonly Row[], key: SortKey, isDescending: boolean): Row[] {
  if (key === 'name') return isDescending ? rows.toReversed() : [...rows];
  const compare = COMPARE[key];
  return rows.toSorted(isDescending ? (a, b) => compare(b, a) : compare);
}
