import { createHmac } from 'node:crypto';

/**
 * The headers by which the target can tell that a request comes from who knows the key, that nobody changed its body, and
 * when it was sent: Standard Webhooks, version `v1` (https://github.com/standard-webhooks/standard-webhooks, spec).
 *
 * @param body exactly as it is sent; undefined is an empty one
 * @param keys each gives a signature; during a rotation the new key and the old one
 * @param nowMs milliseconds since 1970
 */
export function signatureHeaders(
  id: string,
  body: string | Buffer | undefined,
  keys: readonly Buffer[],
  nowMs: number,
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signatures = keys.map((key) => {
    const signature = createHmac('sha256', key)
      .update(`${id}.${timestamp}.`)
      .update(body ?? '')
      .digest('base64');
    return `v1,${signature}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
