import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { call } from './client.ts';
import type { Category } from './types.ts';

/** How the last execution of a connector ended, or that it waits for its next attempt. */
export interface LastExecution {
  readonly at: string;
  /** `succeeded`, `failed`, `expired`, `cancelled` or `retrying`. */
  readonly outcome: string;
  readonly message?: string;
}

/** A connector as `?extended=true` answers it. */
export interface Connector {
  readonly id: string;
  readonly name: string;
  readonly connector_type_id: string;
  /** Left out for preconfigured connectors, unless the settings show it. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly is_missing_secrets?: boolean;
  readonly is_preconfigured: boolean;
  readonly is_deprecated: boolean;
  readonly is_system_action: boolean;
  readonly is_connector_type_deprecated: boolean;
  readonly tags?: readonly string[];
  /** Names of the secrets that are set. */
  readonly configured_secrets?: readonly string[];
  readonly created_at?: string;
  readonly updated_at?: string;
  /** Changes with every change of the connector; of stored ones only. */
  readonly version?: string | number;
}

export interface ListedConnector extends Connector {
  /** Null when it never ran. */
  readonly last_execution?: LastExecution | null;
}

/** A connector type as lists of types have it. */
export interface ConnectorType {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly enabled_in_config: boolean;
  readonly enabled_in_license: boolean;
  readonly minimum_license_required: string;
  readonly is_deprecated: boolean;
  readonly source: string;
  /** What it does, in a line. */
  readonly description: string;
  readonly category: Category;
}

/** Something that sends through a connector. */
export interface Use {
  readonly kind: string;
  readonly name: string;
  /** What the connector is there for, e.g. `to` or `fallback`. */
  readonly role?: string;
}

/** What uses each connector, by id. */
export type Usage = Readonly<Record<string, readonly Use[]>>;

/** How many executions of a connector ended in each hour of the last 24, oldest first. */
export interface HourlyCounts {
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
}

export interface Activity {
  readonly buckets: number;
  /** Where the first hour begins. */
  readonly from: string;
  readonly connectors: Readonly<Record<string, HourlyCounts>>;
}

const FRESH_MS = 10_000;
/** How often a list that is looked at is read again: last runs and the picture of the day move on. */
const REFRESH_MS = 30_000;

/** All queries about connectors have keys that begin with this, so that one call makes them all read again. */
export const CONNECTORS_KEY = ['connectors'] as const;

/** The connectors of the space with their last executions. */
export const connectorsQuery = queryOptions({
  queryKey: [...CONNECTORS_KEY, 'list'],
  queryFn: ({ signal }) => call<ListedConnector[]>('api/actions/connectors?extended=true', { signal }),
  staleTime: FRESH_MS,
  refetchInterval: REFRESH_MS,
});

/** One connector, as its panel shows it. */
export const connectorQuery = (id: string) =>
  queryOptions({
    queryKey: [...CONNECTORS_KEY, 'one', id],
    queryFn: ({ signal }) =>
      call<Connector>(`api/actions/connector/${encodeURIComponent(id)}?extended=true`, { signal }),
    staleTime: FRESH_MS,
  });

/** All connector types: their names, what they are for, and which are enabled. They change only with a restart of the server. */
export const connectorTypesQuery = queryOptions({
  queryKey: ['connector-types'],
  queryFn: ({ signal }) => call<ConnectorType[]>('api/actions/connector_types?extended=true', { signal }),
  staleTime: 5 * 60_000,
});

/** The last 24 hours of every connector. */
export const activityQuery = queryOptions({
  queryKey: [...CONNECTORS_KEY, 'activity'],
  queryFn: ({ signal }) => call<Activity>('internal/connectors/activity', { signal }),
  staleTime: FRESH_MS,
  refetchInterval: REFRESH_MS,
});

/** What uses the connectors. */
export const usageQuery = queryOptions({
  queryKey: [...CONNECTORS_KEY, 'usage'],
  queryFn: ({ signal }) => call<Usage>('internal/connectors/usage', { signal }),
  staleTime: FRESH_MS,
});

/** Asks for all that the list shows, beside loading its page. */
export function prefetchConnectors(client: QueryClient): void {
  void client.prefetchQuery(connectorsQuery);
  void client.prefetchQuery(connectorTypesQuery);
  void client.prefetchQuery(activityQuery);
  void client.prefetchQuery(usageQuery);
}

/** Deletes one connector; executions of the past stay in the log. */
export const deleteConnector = (id: string) =>
  call<void>(`api/actions/connector/${encodeURIComponent(id)}`, { method: 'DELETE' });

/** What a connector is made of; secrets only ever travel to the server. */
export interface ConnectorContent {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
}

/** Creates a connector; without an id the server makes one. */
export const createConnector = (typeId: string, content: ConnectorContent, id?: string) =>
  call<Connector>(`api/actions/connector${id === undefined ? '' : `/${encodeURIComponent(id)}`}?extended=true`, {
    method: 'POST',
    body: { connector_type_id: typeId, ...content },
  });

/** What changes of a connector; what is left out stays, and null takes a field or a secret away. */
export type ConnectorChange = Partial<ConnectorContent>;

/** Changes a connector, only if nobody else has since `version`, where the server tells versions. */
export const changeConnector = (id: string, body: ConnectorChange, version?: string | number) => {
  const query = new URLSearchParams({
    extended: 'true',
    ...(version === undefined ? {} : { version: String(version) }),
  });
  return call<Connector>(`api/actions/connector/${encodeURIComponent(id)}?${query}`, { method: 'PATCH', body });
};
