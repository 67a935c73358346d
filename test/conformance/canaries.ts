import { randomBytes } from 'node:crypto';

/**
 * Secrets that are recognised wherever they turn up. Each has a core of random letters and digits, which JSON and URL
 * encoding leave as it is, between characters that every encoding changes.
 */
export interface Canary {
  readonly value: string;
  readonly core: string;
}

/** Letters and digits of a core; 62^24 values, so that a find is never chance. */
const CORE_LENGTH = 24;
/** Half a secret is a leak too. Eight equal characters of base64 in a row are not chance either. */
const FRAGMENT_LENGTH = 8;

/** Planted before and after the core in free-form secrets; all of them may stand in an HTTP header. */
const AWKWARD = ['k"\\/ ', "+&=%'é"] as const;

function newCore(): string {
  let core = '';
  while (core.length < CORE_LENGTH) core += randomBytes(32).toString('base64').replace(/[+/=]/g, '');
  return core.slice(0, CORE_LENGTH);
}

/** A password, token or key. */
export function plantText(): Canary {
  const core = newCore();
  return { core, value: AWKWARD[0] + core + AWKWARD[1] };
}

/** A key that must be the base64 of some bytes: 24 and a few more, with the prefix of Standard Webhooks. */
export function plantKey(): Canary {
  const core = newCore();
  return { core, value: `whsec_${core}${core.slice(0, 16)}` };
}

/** A URL that is a secret itself: the last segment of its path is what makes it one. */
export function plantUrl(url: string): Canary {
  const core = newCore();
  const planted = new URL(url);
  planted.pathname = planted.pathname.replace(/[^/]*$/, core);
  return { core, value: planted.href };
}

/** Texts whose presence means that a canary, or a piece of it, got out: as it is, or within base64 at any offset. */
function traces({ core }: Canary): string[] {
  const forms = [core];
  for (let offset = 0; offset < 3; offset += 1) {
    const text = Buffer.from('\0'.repeat(offset) + core).toString('base64');
    // The first and last characters depend on the neighbours.
    forms.push(text.slice(offset === 0 ? 0 : offset + 1, -4));
  }
  return forms.flatMap((form) =>
    Array.from({ length: form.length - FRAGMENT_LENGTH + 1 }, (_, at) => form.slice(at, at + FRAGMENT_LENGTH)),
  );
}

/**
 * Where a canary shows in a text.
 *
 * @returns a piece of the text around the first trace, or undefined when there is none
 */
export function findCanary(text: string, canaries: readonly Canary[]): string | undefined {
  const at = canaries
    .flatMap(traces)
    .map((trace) => text.indexOf(trace))
    .find((position) => position !== -1);
  return at === undefined ? undefined : text.slice(Math.max(0, at - 120), at + 120);
}

/** An access token as a server gives it out: no more than its core, since tokens are plain (RFC 6750, section 2.1). */
export function plantToken(): Canary {
  const core = newCore();
  return { core, value: core };
}
