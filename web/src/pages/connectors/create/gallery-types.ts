import type { ConnectorType } from '../../../api/connectors.ts';

/** Whether name, purpose or id hold every word of the search. */
export function isFound({ name, id, description }: ConnectorType, search: string): boolean {
  const text = `${name}\n${id}\n${description}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const byText = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' }).compare;

/** By name; while searching, types whose name begins with it come first, and deprecated ones are always last. */
export function byRelevance(search: string): (a: ConnectorType, b: ConnectorType) => number {
  const start = search.trim().toLowerCase();
  const rank = (type: ConnectorType) =>
    (type.is_deprecated ? 2 : 0) + (start !== '' && type.name.toLowerCase().startsWith(start) ? 0 : 1);
  return (a, b) => rank(a) - rank(b) || byText(a.name, b.name);
}
