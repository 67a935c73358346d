import { z } from 'zod';

/** What a value of a setting looks like, for the documentation and for the remedy of an error. */
export interface Kind {
  /** Shown in the tables: `duration`, `list of host names`. */
  readonly name: string;
  /** A whole sentence that says how to write a value. */
  readonly remedy: string;
  /** May also be given as one string of JSON. */
  readonly json?: 'list' | 'map';
  /** Of a list or map of objects: their settings, and what stands between its path and theirs. */
  readonly members?: { readonly suffix: string; readonly schema: z.ZodType };
}

/** What is known of a setting beside its type. */
export interface SettingNotes {
  /** What it does, in one or two sentences, without its name, type or default. */
  readonly about: string;
  /** The default as a user would write it; it is parsed like a given value. */
  readonly default?: unknown;
  /** What happens without it, where `default` cannot say so. */
  readonly unset?: string;
  /** Never printed. */
  readonly secret?: boolean;
  /** When a change takes effect. Every setting is read once, at the start. */
  readonly reload?: 'restart';
}

/** The same, as found by {@link listSettings}. */
export interface SettingInfo extends SettingNotes {
  readonly path: string;
  readonly kind: Kind;
  readonly reload: 'restart';
}

interface SettingMeta extends Record<string, unknown> {
  readonly notes: SettingNotes;
}

/** Attaches its {@link Kind} to the schema of a value. */
export function ofKind<T extends z.ZodType>(schema: T, kind: Kind): T {
  return schema.meta({ kind }) as T;
}

/** The kind of a schema, looked for through optional, default and transform. */
export function kindOf(schema: z.ZodType): Kind | undefined {
  return metaOf<Kind>(schema, 'kind');
}

/** A setting: its type and its notes. Without a default it may be left out. */
export function setting<T extends z.ZodType>(schema: T, notes: SettingNotes & { default: unknown }): z.ZodPrefault<T>;
export function setting<T extends z.ZodType>(schema: T, notes: SettingNotes): z.ZodOptional<T>;
export function setting<T extends z.ZodType>(schema: T, notes: SettingNotes): z.ZodType {
  const outer = notes.default === undefined ? schema.optional() : schema.prefault(notes.default as z.input<T>);
  return outer.meta({ notes } satisfies SettingMeta);
}

/** A setting that must be given when the section around it is. */
export function requiredSetting<T extends z.ZodType>(schema: T, notes: SettingNotes): T {
  return schema.meta({ ...schema.meta(), notes } satisfies SettingMeta) as T;
}

/** A group of settings that is always there. */
export function section<S extends z.core.$ZodLooseShape>(shape: S): z.ZodPrefault<z.ZodObject<S, z.core.$strict>> {
  return z.strictObject(shape).prefault({} as never);
}

/** A group of settings that is absent unless one of them is given. */
export function optionalSection<S extends z.core.$ZodLooseShape>(
  shape: S,
): z.ZodOptional<z.ZodObject<S, z.core.$strict>> {
  return z.strictObject(shape).optional();
}

/** The members of a section, looked for through optional, default and transform; undefined for a setting. */
export function membersOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  if (notesOf(schema) !== undefined) return undefined;
  let current: z.ZodType | undefined = schema;
  while (current !== undefined) {
    if (current instanceof z.ZodObject) return current.shape as Record<string, z.ZodType>;
    current = innerOf(current);
  }
  return undefined;
}

export function notesOf(schema: z.ZodType): SettingNotes | undefined {
  return metaOf<SettingNotes>(schema, 'notes');
}

/** What optional, default and transform wrap. */
function innerOf(schema: z.ZodType): z.ZodType | undefined {
  const def = schema.def as { innerType?: z.ZodType; in?: z.ZodType };
  return def.innerType ?? def.in;
}

function metaOf<T>(schema: z.ZodType, name: string): T | undefined {
  let current: z.ZodType | undefined = schema;
  while (current !== undefined) {
    const found = current.meta()?.[name];
    if (found !== undefined) return found as T;
    current = innerOf(current);
  }
  return undefined;
}

/** Every setting below a section, in the order of the schema. */
export function listSettings(schema: z.ZodType, path = ''): SettingInfo[] {
  const members = membersOf(schema);
  if (members !== undefined) {
    return Object.entries(members).flatMap(([key, member]) =>
      listSettings(member, path === '' ? key : `${path}.${key}`),
    );
  }
  const notes = notesOf(schema);
  const kind = kindOf(schema);
  if (notes === undefined || kind === undefined) throw new TypeError(`setting "${path}" lacks its notes or its kind`);
  return [{ reload: 'restart', ...notes, path, kind }];
}
