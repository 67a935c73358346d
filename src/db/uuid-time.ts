/**
 * Execution ids are UUIDs of version 7 (https://www.rfc-editor.org/rfc/rfc9562#section-5.7): their first 48 bits are the
 * milliseconds since 1970, so the order of ids is that of time, and an id tells the partition its rows are in.
 */

/** As `patchbay.uuid_time` in SQL. */
export function timeOfUuid(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** The least id of that millisecond. Times before 1970 count as 1970. */
export function firstUuidAt(time: Date): string {
  const digits = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`;
}
