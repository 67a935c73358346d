import type { ConnectorType } from '../../../api/connectors.ts';
import type { TypeDescription } from '../../../api/types.ts';

/** A type of the gallery; what it does comes a moment after its name. */
export interface GalleryType extends ConnectorType {
  readonly described?: TypeDescription;
}

/** Whether name, purpose or id hold every word of the search. */
export function isFound({ name, id, described }: GalleryType, search: string): boolean {
  const text = `${name}\n${id}\n${described?.description ?? ''}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const byText = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' }).compare;

/** By name; while searching, types whose name begins with it come first, and deprecated ones are always last. */
export function byRelevance(search: string): (a: GalleryType, b: GalleryType) => number {
  const start = search.trim().toLowerCase();
  const rank = (type: GalleryType) =>
    (type.is_deprecated ? 2 : 0) + (start !== '' && type.name.toLowerCase().startsWith(start) ? 0 : 1);
  return (a, b) => rank(a) - rank(b) || byText(a.name, b.name);
}
