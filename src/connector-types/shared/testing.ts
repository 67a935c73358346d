import type { RequestListener } from 'node:http';
import type {
  AnyConnectorType,
  CheckContext,
  ConnectorLog,
  Details,
  ElasticsearchServer,
  ExecutionSource,
  TypeSettings,
} from '../../connectors/define.ts';
import { createTokenProvider, resolveAuth } from '../../connectors/oauth.ts';
import { delivered, isVerdict, type Verdict, VerdictError } from '../../connectors/verdict.ts';
import { createEgress } from '../../egress/index.ts';
import type { HttpClient, HttpRequestOptions, RequestRecord } from '../../egress/types.ts';

/** A listener for `httpServer`: always the same answer; objects go out as JSON. */
export function answering(status: number, body: unknown = '', headers: Record<string, string> = {}): RequestListener {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (_request, response) => void response.writeHead(status, headers).end(text);
}

/** The server's settings as they are without any setting. */
export function testSettings(more: Partial<TypeSettings> = {}): TypeSettings {
  return {
    actions: {
      enableFooterInEmail: true,
      microsoftExchangeUrl: 'https://login.microsoftonline.com',
      microsoftGraphApiUrl: 'https://graph.microsoft.com/v1.0',
      microsoftGraphApiScope: 'https://graph.microsoft.com/.default',
      email: { servicesEnabled: ['*'] },
      webhookPfxEnabled: true,
    },
    ...more,
  };
}

/** What a type's checks get; `allowedHosts` as in the settings. */
export function checkContext(allowedHosts: readonly string[] = ['*'], settings = testSettings()): CheckContext {
  return { settings, egress: createEgress({ allowedHosts }) };
}

/** One run of a type, or of its `test` when no params are given. */
export interface TrialRun {
  config?: Record<string, unknown>;
  secrets?: Record<string, unknown>;
  params?: Record<string, unknown>;
  settings?: TypeSettings;
  elasticsearch?: ElasticsearchServer;
  allowedHosts?: readonly string[];
  executionId?: string;
  attempt?: number;
  /** Default `test`. */
  source?: ExecutionSource;
  log?: Partial<ConnectorLog>;
  /** Told what the type learns, see `ActionContext`. */
  learnSecret?: (secret: string) => void;
}

/**
 * Runs a type as the server does, through the real egress, without the store around it: parse, resolve the
 * authentication, call.
 */
export async function tryType(
  type: AnyConnectorType,
  trial: TrialRun,
): Promise<{ verdict: Verdict; records: RequestRecord[] }> {
  const { elasticsearch } = trial;
  const settings = trial.settings ?? testSettings(elasticsearch && { elasticsearch: { hosts: elasticsearch.hosts } });
  const details: Details<never, never> = {
    config: type.config.parse(trial.config ?? {}) as never,
    secrets: type.secrets.parse(trial.secrets ?? {}) as never,
    settings,
    server: { elasticsearch },
  };
  const egress = createEgress({ allowedHosts: trial.allowedHosts ?? ['*'], operatorOrigins: elasticsearch?.hosts });
  const records: RequestRecord[] = [];
  const recorder = { add: (record: RequestRecord) => void records.push(record) };
  const tokens = createTokenProvider(egress).forRun({ connectorId: 'c1', version: 1, onSecret: () => {}, recorder });
  const connection = {
    baseUrl: type.target === undefined ? (details.config as { url?: string }).url : type.target(details),
    otherBaseUrls: type.otherTargets?.(details),
    operator: type.reaches === 'elasticsearch',
    tls: type.tls?.(details),
  };
  const request: HttpClient['request'] = async (method, path, options?: HttpRequestOptions) => {
    const auth = await resolveAuth(type.auth?.(details), tokens);
    return egress.http({ connection: { ...connection, ...auth }, recorder }).request(method, path, options);
  };
  const silent = () => {};
  const context = {
    config: details.config,
    settings,
    traits: type.traits?.(details),
    http: {
      request,
      get: (path: string, options?: HttpRequestOptions) => request('GET', path, options),
      post: (path: string, options?: HttpRequestOptions) => request('POST', path, options),
      put: (path: string, options?: HttpRequestOptions) => request('PUT', path, options),
      patch: (path: string, options?: HttpRequestOptions) => request('PATCH', path, options),
      delete: (path: string, options?: HttpRequestOptions) => request('DELETE', path, options),
    },
    learnSecret: trial.learnSecret,
    log: { trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent, ...trial.log },
    signal: new AbortController().signal,
    execution: {
      id: trial.executionId ?? 'e1',
      attempt: trial.attempt ?? 1,
      source: trial.source ?? 'test',
      spaceId: 'default',
      connectorId: 'c1',
      connectorName: 'Trial',
    },
  };
  try {
    const { params } = trial;
    const isSubAction = type.style === 'subAction';
    const action = type.actions[isSubAction ? String(params?.subAction) : 'run'];
    const own = isSubAction ? (params?.subActionParams ?? {}) : params;
    const returned =
      params === undefined
        ? await type.test?.(context)
        : await action?.run({ ...context, params: action.params.parse(own) });
    return { verdict: isVerdict(returned) ? returned : delivered(returned), records };
  } catch (error) {
    if (error instanceof VerdictError) return { verdict: error.verdict, records };
    throw error;
  } finally {
    await egress.close();
  }
}
