import type { Values } from '../../../api/types.ts';
import type { Field } from './fields.ts';
import { isUnset } from './values.ts';

/** One field and where it stands, with the fields that depend on it below. */
export interface Node {
  readonly base: string;
  readonly field: Field;
  readonly children: readonly Node[];
}

/** A part of a form: the fields of one object. */
export interface Part {
  /** `config`, `secrets`, `params`, … */
  readonly base: string;
  readonly fields: readonly Field[];
}

/**
 * The fields of all parts as one form: those that depend on the value of another follow it, across the parts, so that the
 * password stands below the switch for authentication.
 */
export function layOut(parts: readonly Part[]): Node[] {
  const all = parts.flatMap(({ base, fields }) => fields.map((field) => ({ base, field })));
  const parentOf = ({ base, field }: { base: string; field: Field }) => {
    const name = field.when?.field;
    if (name === undefined || name === field.name) return undefined;
    return (
      all.find((one) => one.base === base && one.field.name === name) ?? all.find((one) => one.field.name === name)
    );
  };
  const placed = new Set<Field>();
  const grow = (entry: { base: string; field: Field }): Node => {
    placed.add(entry.field);
    const children = all.filter((one) => !placed.has(one.field) && parentOf(one)?.field === entry.field);
    return { ...entry, children: children.map(grow) };
  };
  const roots = all.filter((entry) => parentOf(entry) === undefined).map(grow);
  // Conditions that point at each other have no root.
  return [...roots, ...all.filter(({ field }) => !placed.has(field)).map((entry) => ({ ...entry, children: [] }))];
}

/** Fewer than this many are no relief when they are folded away. */
const FOLDED_MIN = 3;

/**
 * Splits the fields of one level into those that are always shown, and optional ones at the end that nobody has filled
 * in, which wait behind a button.
 *
 * @param begun what the form was opened with
 */
export function folded(nodes: readonly Node[], begun: (base: string) => Values): { shown: Node[]; more: Node[] } {
  const isBegun = ({ base, field }: Node) => !isUnset(begun(base)[field.name]);
  const isMain = ({ field, children, base }: Node) =>
    field.isRequired ||
    field.initial !== undefined ||
    children.length > 0 ||
    (base === 'secrets' && field.kind === 'text');
  const lastOf = (base: string) => nodes.findLastIndex((node) => node.base === base && isMain(node));
  const more = nodes.filter((node, index) => index > lastOf(node.base) && !isBegun(node));
  if (more.length < FOLDED_MIN || more.length === nodes.length) return { shown: [...nodes], more: [] };
  return { shown: nodes.filter((node) => !more.includes(node)), more };
}
