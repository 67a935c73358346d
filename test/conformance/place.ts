import { testSettings } from '../../src/connector-types/shared/testing.ts';
import type { AnyConnectorType, CheckContext, ElasticsearchServer, TypeSettings } from '../../src/connectors/define.ts';
import { secretPaths } from '../../src/connectors/form.ts';
import { type Canary, plantKey, plantText, plantUrl } from './canaries.ts';
import type { Subject } from './subjects.ts';

type Values = Record<string, unknown>;

/** A subject whose every way leads to the suite's own servers. */
export interface Placed {
  readonly type: AnyConnectorType;
  readonly config: Values;
  readonly secrets: Values;
  readonly params: Values;
  readonly settings: TypeSettings;
  readonly elasticsearch: ElasticsearchServer;
  readonly canaries: readonly Canary[];
  /** Where a canary stands, e.g. `secrets.token`. */
  readonly planted: readonly string[];
}

/** Where the suite's servers are: `http://127.0.0.1:4000`, and a mail server. */
export interface Place {
  readonly origin: string;
  readonly smtp: { readonly host: string; readonly port: number };
}

/** How a subject reaches the outside world, by its declaration. */
export type Kind = 'http' | 'smtp' | 'none';

const NOWHERE: Place = { origin: 'http://127.0.0.1:9', smtp: { host: '127.0.0.1', port: 9 } };
const ALLOW_ALL = { assertUrlAllowed: () => undefined, assertHostAllowed: () => undefined };

/**
 * Gives a subject a place and, unless the sample itself is looked at, a canary for every secret that it can hold: in the
 * place of those that its line or sample has, and beside them wherever the type accepts one more.
 */
export function place(subject: Subject, at: Place, secretsAre: 'canaries' | 'sample' = 'canaries'): Placed {
  const { type, line } = subject;
  const { sample } = type;
  const password = plantText();
  const elasticsearch = { hosts: [at.origin], username: 'writer', password: password.value };
  const settings = settingsAt(at);
  const values = {
    config: withMailServer(move(structuredClone(line.config ?? sample.config), at.origin) as Values, at),
    secrets: move(structuredClone(line.secrets ?? sample.secrets), at.origin) as Values,
  };
  const canaries: Canary[] = [];
  const planted: string[] = [];
  for (const path of secretsAre === 'canaries' ? secretPaths(type) : []) {
    const [part, name = ''] = path.split('.') as ['config' | 'secrets', string];
    if (line.fixedSecrets?.includes(name)) {
      planted.push(path);
      continue;
    }
    for (const plant of [plantTextOrUrl, plantKey]) {
      const found: Canary[] = [];
      const filled = fill(values[part][name], path.endsWith('*'), (old) => {
        const canary = plant(old);
        found.push(canary);
        return canary.value;
      });
      const changed = { ...values, [part]: { ...values[part], [name]: filled } };
      if (!accepts(type, changed, settings)) continue;
      values[part][name] = filled;
      canaries.push(...found);
      planted.push(path);
      break;
    }
  }
  return {
    type: retarget(excuse(type, line), at.origin),
    ...values,
    params: structuredClone(sample.params),
    settings,
    elasticsearch,
    canaries: type.reaches === 'elasticsearch' ? [...canaries, password] : canaries,
    planted,
  };
}

export function kindOf(subject: Subject): Kind {
  const { type, config, secrets, settings, elasticsearch } = place(subject, NOWHERE, 'sample');
  const details = {
    config: type.config.parse(config),
    secrets: type.secrets.parse(secrets),
    settings,
    server: { elasticsearch },
  };
  if (type.smtp?.(details) !== undefined) return 'smtp';
  const target = type.target === undefined ? details.config.url : type.target(details);
  return target === undefined ? 'none' : 'http';
}

function settingsAt({ origin }: Place): TypeSettings {
  const settings = testSettings({ elasticsearch: { hosts: [origin] }, slackApiUrl: `${origin}/api/` });
  const microsoft = { microsoftExchangeUrl: origin, microsoftGraphApiUrl: `${origin}/v1.0` };
  return { ...settings, actions: { ...settings.actions, ...microsoft } };
}

/** Every URL in the values, moved to another origin; what follows the origin stays as it is written. */
function move(value: unknown, origin: string): unknown {
  if (typeof value === 'string') return moveUrl(value, origin);
  if (Array.isArray(value)) return value.map((inner) => move(inner, origin));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, move(inner, origin)]));
}

function moveUrl(text: string, origin: string): string {
  return URL.canParse(text) ? text.replace(/^https?:\/\/[^/?#]+/, () => origin) : text;
}

function withMailServer(config: Values, { smtp }: Place): Values {
  return typeof config.host === 'string' && config.port !== undefined ? { ...config, ...smtp } : config;
}

/** A type that lets only its vendor's hosts be saved takes the suite's servers for them; all its other rules hold. */
function excuse(type: AnyConnectorType, { elsewhere }: Subject['line']): AnyConnectorType {
  if (elsewhere === undefined) return type;
  const config: NonNullable<AnyConnectorType['check']>['config'] = (values, context) => {
    const problem = type.check?.config?.(values, context);
    return problem !== undefined && elsewhere.test(problem) ? undefined : problem;
  };
  return { ...type, check: { ...type.check, config } };
}

/** A type that knows its vendor's address by heart is led to the suite's server as well. */
function retarget(type: AnyConnectorType, origin: string): AnyConnectorType {
  const { target } = type;
  if (target === undefined) return type;
  return {
    ...type,
    target: (details) => {
      const url = target(details);
      return url === undefined ? undefined : moveUrl(url, origin);
    },
  };
}

function plantTextOrUrl(old: unknown): Canary {
  return typeof old === 'string' && /^https?:/.test(old) ? plantUrl(old) : plantText();
}

/** Replaces each text of a value; makes one where there is none yet. */
function fill(value: unknown, isMap: boolean, plant: (old: unknown) => string): unknown {
  if (!isMap) return plant(value);
  if (Array.isArray(value)) return value.map(plant);
  const entries = Object.entries((value ?? { 'x-planted': '' }) as Values);
  return Object.fromEntries(entries.map(([name, old]) => [name, plant(old)]));
}

function accepts(type: AnyConnectorType, values: { config: Values; secrets: Values }, settings: TypeSettings): boolean {
  const config = type.config.safeParse(values.config);
  const secrets = type.secrets.safeParse(values.secrets);
  if (!config.success || !secrets.success) return false;
  const context: CheckContext = { settings, egress: ALLOW_ALL };
  const details = { config: config.data, secrets: secrets.data, settings };
  return (type.check?.secrets?.(secrets.data, context) ?? type.check?.connector?.(details)) === undefined;
}
