/** Upper and lower case, dots and underscores do not count: they are what people get wrong most. */
function plain(name: string): string {
  return name.replaceAll(/[._-]/g, '').toLowerCase();
}

/**
 * The known name that a mistyped one was probably meant to be.
 *
 * @returns undefined when none is near: at most 2 letters differ, or 1 where the last part of the name is short
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = plain(name);
  // `server.cors` is a setting of Kibana's, not a mistyped `server.port`.
  const lastPart = name.split(/[._]/).at(-1) ?? '';
  const limit = wanted.length < 6 ? 0 : lastPart.length < 8 ? 1 : 2;
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    const other = plain(candidate);
    if (Math.abs(other.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, other);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's distance, kept in one row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? a.length;
}
