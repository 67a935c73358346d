import type { Verdict } from '../connectors/verdict.ts';
import { createRedactor, type Redactor } from '../egress/redact.ts';

/** Blackens a connector's secrets and what this run learned on its way, such as access tokens. */
export interface RunRedactor extends Redactor {
  learn(secret: string): void;
}

/** @param base of the connector; shared by all its runs, so what one run learns stays out of it */
export function createRunRedactor(base: Redactor): RunRedactor {
  let learned: Redactor | undefined;
  const redact = (text: string) => (learned === undefined ? base(text) : learned(base(text)));
  return Object.assign(redact, {
    exposed: (text: string) => (learned === undefined ? base.exposed(text) : learned.exposed(base.exposed(text))),
    learn: (secret: string) => {
      learned = createRedactor([secret]);
    },
  });
}

/** The target's own words may repeat a credential that was sent to it, and so may what a type made of them. */
export function redactVerdict(verdict: Verdict, redact: Redactor): Verdict {
  const data = verdict.data === undefined ? undefined : redactJson(verdict.data, redact);
  if (verdict.outcome === 'delivered') {
    return { ...verdict, data, ...(verdict.warning === undefined ? {} : { warning: redact(verdict.warning) }) };
  }
  return {
    ...verdict,
    data,
    message: redact(verdict.message),
    ...(verdict.serviceMessage === undefined ? {} : { serviceMessage: redact(verdict.serviceMessage) }),
  };
}

function redactJson(value: unknown, redact: Redactor): unknown {
  const text = JSON.stringify(value);
  // Nearly always there is nothing to do, and one search of the whole text says so.
  if (text === undefined || redact(text) === text) return value;
  return JSON.parse(text, (_key, inner) => (typeof inner === 'string' ? redact(inner) : inner));
}
