/**
 * Bounds of any value that comes from outside, checked before a schema looks at it. A body of the default size (1 MiB)
 * cannot reach the number of values; raising `server.maxPayload` can. Elasticsearch refuses documents nested deeper than
 * 20 (`index.mapping.depth.limit`), JSON in the wild stays below 100.
 */
export const INPUT_LIMITS = { depth: 200, values: 1_000_000 } as const;

/** What is wrong with an input before its meaning is looked at, and where. */
export interface InputProblem {
  readonly kind: 'too_deep' | 'too_wide' | 'prototype_key';
  /** Keys and array positions from the root; cut to the first 10. */
  readonly path: readonly (string | number)[];
  /** One sentence or, for a prototype key, the words that an unknown key gets. */
  readonly message: string;
}

interface Visit {
  readonly value: object;
  readonly depth: number;
  readonly parent?: Visit;
  readonly key?: string | number;
}

/**
 * Walks a decoded JSON or YAML value and returns the first problem, or undefined. It does not recurse, so depth costs no
 * stack.
 *
 * A key named `__proto__` is refused wherever it stands: `JSON.parse` makes it an ordinary key, but the next library that
 * assigns it to an object sets a prototype, and zod drops it without a word. `constructor` and `prototype` are plain data.
 */
export function findInputProblem(input: unknown): InputProblem | undefined {
  if (!isObject(input)) return undefined;
  const pending: Visit[] = [{ value: input, depth: 1 }];
  let values = 1;

  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    if (visit.depth > INPUT_LIMITS.depth) {
      return {
        kind: 'too_deep',
        path: pathOf(visit),
        message: `nested more than ${INPUT_LIMITS.depth} levels deep; at most ${INPUT_LIMITS.depth} are read`,
      };
    }
    if (Object.hasOwn(visit.value, '__proto__')) {
      return { kind: 'prototype_key', path: pathOf(visit), message: "Unrecognized key(s) in object: '__proto__'" };
    }
    for (const [key, value] of entriesOf(visit.value)) {
      values += 1;
      if (values > INPUT_LIMITS.values) {
        return {
          kind: 'too_wide',
          path: [],
          message: `more than ${INPUT_LIMITS.values} values; at most ${INPUT_LIMITS.values} are read`,
        };
      }
      if (isObject(value)) pending.push({ value, depth: visit.depth + 1, parent: visit, key });
    }
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function entriesOf(value: object): Iterable<[string | number, unknown]> {
  return Array.isArray(value) ? value.entries() : Object.entries(value);
}

function pathOf(visit: Visit): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at: Visit | undefined = visit; at?.key !== undefined; at = at.parent) path.push(at.key);
  return path.reverse().slice(0, 10);
}
