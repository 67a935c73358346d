import { z } from 'zod';

/** What a form, the documentation and the redaction need to know about a field beyond its type. */
export interface FieldMeta {
  /** Shown above the input. */
  label: string;
  /** One sentence below the input. */
  help?: string;
  /** Encrypted at rest, never answered, blackened wherever it turns up. The only mark of a secret there is. */
  secret?: boolean;
  widget?: 'text' | 'password' | 'textarea' | 'json' | 'select' | 'switch' | 'number' | 'list' | 'map' | 'file';
  placeholder?: string;
  /** A page on which such a text is drawn or put together; the text goes to it as the fragment of its address (https). */
  tool?: { label: string; url: string };
  /** Labels of the values of a select, by value. */
  options?: Readonly<Record<string, string>>;
  /** Position in the form, from 0, where it is another than in the schema. Give it to all fields of an object or to none. */
  order?: number;
  /** Shown only while another field of the same object has one of these values. */
  when?: { field: string; is: readonly unknown[] };
}

type Extra = Omit<Partial<FieldMeta>, 'label' | 'help'>;

function meta(
  label: string,
  help: string | undefined,
  defaults: Extra,
  extra: Extra,
): FieldMeta & Record<string, unknown> {
  return { label, ...(help === undefined ? {} : { help }), ...defaults, ...extra };
}

/**
 * Fields of connector types: a zod schema and what people see of it, in one expression. Chain as usual:
 * `f.text('Name').min(1)` loses the label, so put checks into `z` and the label last: `f.of(z.string().min(1), 'Name')`.
 * `.optional()`, `.nullable()` and `.default()` may follow; {@link fieldMeta} looks through them.
 */
export const f = {
  /** Any schema with a label. */
  of: <T extends z.ZodType>(schema: T, label: string, help?: string, extra: Extra = {}): T =>
    schema.meta(meta(label, help, {}, extra)) as T,
  text: (label: string, help?: string, extra: Extra = {}) =>
    z.string().meta(meta(label, help, { widget: 'text' }, extra)),
  longText: (label: string, help?: string, extra: Extra = {}) =>
    z.string().meta(meta(label, help, { widget: 'textarea' }, extra)),
  /** A URL as text; whether it parses and may be called is the type's own check (see `checks.ts`). */
  url: (label: string, help?: string, extra: Extra = {}) =>
    z.string().meta(meta(label, help, { widget: 'text', placeholder: 'https://' }, extra)),
  secret: (label: string, help?: string, extra: Extra = {}) =>
    z.string().meta(meta(label, help, { widget: 'password', secret: true }, extra)),
  /** A file whose content arrives as base64 text. */
  secretFile: (label: string, help?: string, extra: Extra = {}) =>
    z.string().meta(meta(label, help, { widget: 'file', secret: true }, extra)),
  /** Text that is meant to be JSON; sent as it is. */
  json: (label: string, help?: string, extra: Extra = {}) =>
    z.string().meta(meta(label, help, { widget: 'json' }, extra)),
  flag: (label: string, help?: string, extra: Extra = {}) =>
    z.boolean().meta(meta(label, help, { widget: 'switch' }, extra)),
  select: <const V extends readonly [string, ...string[]]>(
    values: V,
    label: string,
    help?: string,
    extra: Extra = {},
  ) => z.enum(values).meta(meta(label, help, { widget: 'select' }, extra)),
  /** Names to values, e.g. HTTP headers. */
  map: (label: string, help?: string, extra: Extra = {}) =>
    z.record(z.string(), z.string()).meta(meta(label, help, { widget: 'map' }, extra)),
  secretMap: (label: string, help?: string, extra: Extra = {}) =>
    z.record(z.string(), z.string()).meta(meta(label, help, { widget: 'map', secret: true }, extra)),
};

/**
 * The fields of an object with their places in the form, where these differ from those in the schema, which decide the order
 * of validation texts.
 *
 * @param names all of them, in the order of the form
 * @throws {TypeError} when one is missing or named twice
 */
export function inFormOrder<const S extends Readonly<Record<string, z.ZodType>>>(
  fields: S,
  names: readonly (keyof S & string)[],
): S {
  if (new Set(names).size !== names.length || names.length !== Object.keys(fields).length) {
    throw new TypeError(`the order of a form must name each of its fields once: ${Object.keys(fields).join(', ')}`);
  }
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, field.meta({ ...field.meta(), order: names.indexOf(name) })]),
  ) as unknown as S;
}

/** The label and hints of a field, looked for through optional, nullable and default. */
export function fieldMeta(schema: z.ZodType): FieldMeta | undefined {
  let current: z.ZodType | undefined = schema;
  while (current !== undefined) {
    const found = current.meta() as FieldMeta | undefined;
    if (found?.label !== undefined) return found;
    const def = current.def as { innerType?: z.ZodType; in?: z.ZodType };
    current = def.innerType ?? def.in;
  }
  return undefined;
}
