import type { Reference, Verdict } from '../connectors/verdict.ts';
import { cut } from '../egress/recorder.ts';
import { createRedactor, type Redactor } from '../egress/redact.ts';

/** Blackens a connector's secrets and all that this run learned on its way, such as access tokens. */
export interface RunRedactor extends Redactor {
  learn(secret: string): void;
}

/** UTF-8. A person reads these texts, and neither a target nor a type may decide how much there is to read. */
const MAX_TEXT_BYTES = 20_480;
/** Shorter path segments and query values are words such as `services`; the tokens of webhook URLs are longer. */
const MIN_URL_TOKEN = 16;

/**
 * The secrets, and of those that are URLs what a target sees and may repeat: path and query as they are sent, and the
 * long pieces of them, which are what makes such a URL a secret.
 */
export function withPartsOfUrls(secrets: readonly string[]): string[] {
  return [...new Set(secrets.flatMap((secret) => [secret, ...partsOfUrl(secret)]))];
}

function partsOfUrl(secret: string): string[] {
  if (!/^https?:/i.test(secret) || !URL.canParse(secret)) return [];
  const { href, pathname, search, searchParams } = new URL(secret);
  const sent = pathname + search;
  const pieces = [...pathname.split('/'), ...searchParams.values()].filter((piece) => piece.length >= MIN_URL_TOKEN);
  return [href, ...(sent.length >= MIN_URL_TOKEN ? [sent] : []), ...pieces];
}

/** @param base of the connector; shared by all its runs, so what one run learns stays out of it */
export function createRunRedactor(base: Redactor): RunRedactor {
  const secrets = new Set<string>();
  let compiled: Redactor | undefined;
  // A vendor may tell hundreds at once, so they are compiled when the first text comes.
  const learned = () => {
    if (secrets.size > 0) compiled ??= createRedactor(secrets);
    return compiled;
  };
  const redact = (text: string) => learned()?.(base(text)) ?? base(text);
  return Object.assign(redact, {
    exposed: (text: string) => learned()?.exposed(base.exposed(text)) ?? base.exposed(text),
    shortened: (text: string) => learned()?.shortened(base.shortened(text)) ?? base.shortened(text),
    learn: (secret: string) => {
      secrets.add(secret);
      compiled = undefined;
    },
  });
}

/** The target's own words may repeat a credential that was sent to it, and so may what a type made of them. */
export function redactVerdict(verdict: Verdict, redact: Redactor): Verdict {
  const { data, isReadable } = redactData(verdict.data, redact);
  const clean = (text: string) => cut(redact.shortened(text), MAX_TEXT_BYTES);
  if (verdict.outcome === 'delivered') {
    const warning = isReadable
      ? verdict.warning
      : 'The data that the target answered is nested too deeply to be shown.';
    return {
      ...verdict,
      data,
      ...(warning === undefined ? {} : { warning: clean(warning) }),
      ...(verdict.reference === undefined ? {} : { reference: cleanReference(verdict.reference, clean) }),
    };
  }
  return {
    ...verdict,
    data,
    message: clean(verdict.message),
    ...(verdict.serviceMessage === undefined ? {} : { serviceMessage: clean(verdict.serviceMessage) }),
  };
}

function cleanReference({ id, url }: Reference, clean: (text: string) => string): Reference {
  return { id: clean(id), ...(url === undefined ? {} : { url: clean(url) }) };
}

/** Data that cannot be written as JSON is dropped: when it came from a target, its depth is the reason. */
function redactData(data: unknown, redact: Redactor): { data: unknown; isReadable: boolean } {
  try {
    return { data: data === undefined ? undefined : redactJson(data, redact), isReadable: true };
  } catch {
    return { data: undefined, isReadable: false };
  }
}

function redactJson(value: unknown, redact: Redactor): unknown {
  const text = JSON.stringify(value);
  // Nearly always there is nothing to do, and one search of the whole text says so.
  if (text === undefined || redact.shortened(text) === text) return value;
  return JSON.parse(text, (_key, inner) => {
    if (typeof inner === 'string') return redact.shortened(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).map(([name, member]) => [redact.shortened(name), member]));
  });
}
