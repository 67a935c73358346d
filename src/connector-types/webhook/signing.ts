/** What the secrets hold of signatures. */
export interface SigningSecrets {
  readonly signingSecret: string | null;
  readonly previousSigningSecret: string | null;
}

/** Bytes of a key by the specification of Standard Webhooks. */
const SHORTEST_KEY = 24;
const LONGEST_KEY = 64;

/** `whsec_` and base64; libraries take the base64 alone as well, and so do we. */
function keyOf(secret: string): Buffer | undefined {
  const encoded = secret.replace(/^whsec_/, '');
  const key = Buffer.from(encoded, 'base64');
  // Node passes over what is no base64.
  const isWhole = key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '');
  return isWhole && key.length >= SHORTEST_KEY && key.length <= LONGEST_KEY ? key : undefined;
}

/** The current key and then the previous one; none of them when nothing is to be signed. */
export function signingKeys({ signingSecret, previousSigningSecret }: SigningSecrets): Buffer[] {
  return [signingSecret, previousSigningSecret].flatMap((secret) => (secret ? (keyOf(secret) ?? []) : []));
}

/** @returns what is wrong with the secrets that requests are signed with, without their values */
export function signingProblem(secrets: SigningSecrets): string | undefined {
  const { signingSecret, previousSigningSecret } = secrets;
  for (const [name, secret] of Object.entries({ signingSecret, previousSigningSecret })) {
    if (secret && keyOf(secret) === undefined) {
      return `${name} must be whsec_ followed by the base64 of ${SHORTEST_KEY} to ${LONGEST_KEY} bytes`;
    }
  }
  if (previousSigningSecret && !signingSecret) return 'previousSigningSecret must have signingSecret beside it';
  return undefined;
}
