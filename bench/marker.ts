/** What a marked body is known by: a number below this, in eight digits. */
export const MARKERS_MAX = 1_000_000;
/** Where the digits stand. */
export const MARKER_AT = { start: 11, end: 19 };

/** A message like those of `_execute`'s benchmark, which begins with a marker. Valid JSON without white space. */
export function markedBody(marker: number): string {
  return `{"marker":"${String(marker).padStart(8, '0')}","host":"host-1","disk":93,"text":"Disk of host-1 is 93 % full"}`;
}

/** A body of the same shape whose marker nobody counts. */
export const UNMARKED_BODY = markedBody(99_999_999);

/** A marker within a sentence, for bodies whose shape the connector type decides. */
export function markedText(marker: number): string {
  return `marker-${String(marker).padStart(8, '0')}: disk of host-1 is 93 % full`;
}

/** The marker of a body with {@link markedText} anywhere in it. */
export function markerIn(body: Buffer): number {
  const at = body.indexOf('marker-') + 'marker-'.length;
  return Number(body.toString('latin1', at, at + 8));
}
