import { queryOptions } from '@tanstack/react-query';
import { call } from './client.ts';

/** JSON Schema 2020-12 with the annotations of forms (`x-widget`, `x-when`, …). */
export type JsonSchema = Readonly<Record<string, unknown>>;

export const CATEGORIES = [
  'messaging',
  'paging',
  'tickets',
  'security-operations',
  'ai',
  'endpoint',
  'generic',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** A connector type with all that is needed to draw its forms. */
export interface TypeDescription {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly category: Category;
  readonly docs_url?: string;
  /** How to get the credentials, step by step. */
  readonly setup?: readonly string[];
  /** What somebody should know before using it. */
  readonly notice?: string;
  /** Whether {@link checkConnection} can check its connectors. */
  readonly has_check: boolean;
  /** `subAction`: params are `{ subAction, subActionParams }`. */
  readonly style: 'flat' | 'subAction';
  readonly config_schema: JsonSchema;
  readonly secrets_schema: JsonSchema;
  readonly actions: Readonly<Record<string, ActionDescription>>;
  readonly sample: {
    readonly name?: string;
    readonly config: Values;
    readonly secrets: Values;
    readonly params: Values;
  };
}

export interface ActionDescription {
  readonly params_schema: JsonSchema;
  readonly description?: string;
  /** Changes or deletes something at the target that cannot be undone. */
  readonly destructive?: boolean;
}

export type Values = Readonly<Record<string, unknown>>;

/** One type; it changes only with a restart of the server. */
export const typeQuery = (id: string) =>
  queryOptions({
    queryKey: ['connector-types', id],
    queryFn: ({ signal }) => call<TypeDescription>(`api/actions/connector_type/${encodeURIComponent(id)}`, { signal }),
    staleTime: 30 * 60_000,
  });

/** A connector that is not saved. */
export interface UnsavedConnector {
  readonly connector_type_id: string;
  readonly config: Values;
  readonly secrets: Values;
}

/** What a run, a preview or a check is of: a stored connector, or one as typed in. */
export type Subject = { readonly connector_id: string } | UnsavedConnector;

export interface PreviewedRequest {
  /** HTTP method, or `SMTP`. */
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The requests that a run would send, secrets masked. Nothing is sent. */
export async function previewRun(
  subject: Subject,
  params: Values,
  signal?: AbortSignal,
): Promise<readonly PreviewedRequest[]> {
  const { requests } = await call<{ requests: PreviewedRequest[] }>('api/actions/_preview', {
    method: 'POST',
    body: { ...subject, params },
    signal,
  });
  return requests;
}

/** What a run or a check came to. */
export interface RunAnswer {
  readonly status: 'ok' | 'error';
  readonly data?: unknown;
  readonly message?: string;
  readonly service_message?: string;
  /** Whether, or when, trying again can help. */
  readonly retry?: boolean | string | null;
  readonly execution_id?: string;
  /** The target's last answer; null if there was none. */
  readonly response?: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } | null;
  /** What the run made at the target. */
  readonly reference?: { readonly id: string; readonly url?: string };
}

/**
 * Performs an action, of a stored connector or of one that is not saved. How long a target may take is a setting of the
 * server; giving up sooner would invite people to run the action a second time.
 */
export function run(subject: Subject, params: Values): Promise<RunAnswer> {
  return 'connector_id' in subject
    ? call(`api/actions/connector/${encodeURIComponent(subject.connector_id)}/_execute?extended=true`, {
        method: 'POST',
        body: { params },
        isLimited: false,
      })
    : call('api/actions/_test?extended=true', { method: 'POST', body: { ...subject, params }, isLimited: false });
}

/** Tries address and credentials without leaving a trace; only of types that {@link TypeDescription.has_check}. */
export function checkConnection(subject: Subject): Promise<RunAnswer> {
  return call('api/actions/_check?extended=true', { method: 'POST', body: subject, isLimited: false });
}
