import type { z } from 'zod';
import { fieldsNamed } from './form.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * A merge patch (RFC 7396) of a connector's config or secrets, by its first level: a field that is given replaces, and
 * null takes it away, so that its default holds again. Null stays where the schema has it as a value, and where nobody
 * knows the field, for validation to refuse.
 *
 * @returns what is to be validated
 */
export function mergePatch(schema: z.ZodType, stored: Values, patch: Values): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...stored, ...patch };
  for (const [name, value] of Object.entries(patch)) {
    if (value !== null) continue;
    const fields = fieldsNamed(schema, name);
    const isUnknown = fields.length === 0 && !Object.hasOwn(stored, name);
    if (isUnknown || fields.some((field) => field.safeParse(null).success)) continue;
    // Not left to validation: whether the destination moved is asked before it, and a default may well be what was stored.
    const initial = fields.map((field) => field.safeParse(undefined).data).find((one) => one !== undefined);
    if (initial === undefined) delete merged[name];
    else merged[name] = initial;
  }
  return merged;
}
