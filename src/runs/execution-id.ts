import { randomUUID } from 'node:crypto';

/**
 * A new execution's id: a UUID of version 7 (https://www.rfc-editor.org/rfc/rfc9562#section-5.7), whose first 48 bits are
 * the time. Ids made one after the other lie side by side in the indexes of the execution log, which makes inserting
 * thousands a second a matter of one page instead of thousands.
 *
 * @param now milliseconds since 1970
 */
export function newExecutionId(now: number = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  const random = randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
