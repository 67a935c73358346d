import { z } from 'zod';
import { bearer } from '../../src/connectors/auth.ts';
import { type ConnectorType, defineConnectorType } from '../../src/connectors/define.ts';
import { f } from '../../src/connectors/fields.ts';
import { delivered, failed } from '../../src/connectors/verdict.ts';
import type { HttpRequestOptions, HttpResponse } from '../../src/egress/types.ts';
import type { Subject } from './subjects.ts';

const config = z.strictObject({ url: f.url('URL'), team: f.text('Team') });
const secrets = z.strictObject({ token: f.secret('Token') });
const params = z.strictObject({ message: f.longText('Message') });

type Config = z.output<typeof config>;
type Toy = ConnectorType<Config, z.output<typeof secrets>>;

/** What a toy does differently from the one that keeps every rule. */
interface Fault {
  readonly auth?: Toy['auth'];
  readonly secrets?: Toy['secrets'];
  readonly request?: (message: string, config: Config) => readonly [path: string, options: HttpRequestOptions];
  readonly verdict?: (response: HttpResponse) => unknown;
  readonly onError?: (error: unknown) => unknown;
  readonly test?: Toy['test'];
  readonly expect?: Partial<NonNullable<Toy['sample']['expect']>>;
}

const usualRequest: NonNullable<Fault['request']> = (message) => ['', { json: { message } }];

/** A small type that keeps every rule of the suite, but for its fault. */
export function toy(fault: Fault = {}): Subject {
  const { onError, request = usualRequest, verdict = verdictOf } = fault;
  const type = defineConnectorType({
    id: 'toy',
    name: 'Toy',
    description: 'For the tests of the suite itself.',
    category: 'generic',
    features: ['alerting'],
    minimumLicense: 'basic',
    config,
    secrets: fault.secrets ?? secrets,
    auth: fault.auth ?? (({ secrets }) => bearer(secrets.token)),
    style: 'flat',
    actions: (action) => ({
      run: action(params, async ({ config, params: { message }, http }) => {
        try {
          return await verdict(await http.post(...request(message, config)));
        } catch (error) {
          if (onError === undefined) throw error;
          return onError(error);
        }
      }),
    }),
    test: fault.test ?? (async ({ http }) => verdictOf(await http.get(''))),
    sample: {
      config: { url: 'https://toy.example/api', team: 'ops' },
      secrets: { token: 'a long token' },
      params: { message: 'Hello' },
      expect: { method: 'POST', url: '/api', body: { message: 'Hello' }, ...fault.expect },
    },
  });
  return { name: 'toy', type, line: {} };
}

/** JSON objects are successes, everything else is not; 429 and 5xx may be tried again. */
export function verdictOf(response: HttpResponse): unknown {
  const { status } = response;
  if (status >= 200 && status < 300) return successOf(response);
  const retryAfter = status === 429 ? response.headers['retry-after'] : undefined;
  const code =
    status === 401 || status === 403 ? 'target_auth' : status >= 500 ? 'target_unavailable' : 'target_rejected';
  const retry = status === 429 || status >= 500 ? (retryTime(retryAfter) ?? true) : undefined;
  return failed(status === 429 ? 'target_rate_limited' : code, `the toy answered ${status}`, { retry });
}

function successOf(response: HttpResponse): unknown {
  const body = response.json();
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (
    response.status === 204 ||
    (isObject && !Object.hasOwn(body, '__proto__') && response.headers['content-type'] === 'application/json')
  ) {
    return delivered();
  }
  return failed('target_response_invalid', 'the toy did not answer as promised');
}

function retryTime(value: string | undefined): Date | undefined {
  if (value === undefined) return undefined;
  const at = /^\d+$/.test(value)
    ? Date.now() + Number(value) * 1_000
    : /^[A-Z]/.test(value)
      ? Date.parse(value)
      : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  return new Date(Math.min(Math.max(at, Date.now()), Date.now() + 86_400_000));
}
