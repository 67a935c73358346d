/** A value that a field may have, and what people read for it. */
export interface Choice {
  readonly value: string | number | boolean;
  readonly label: string;
}

/** Shown only while another field of the same object, or of the config, has one of these values; null means none. */
export interface Condition {
  readonly field: string;
  readonly is: readonly unknown[];
}

/** What fields of every kind have. */
export interface FieldBase {
  /** Its key in the object; `*` for what stands in lists and maps. */
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  readonly placeholder?: string;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
  /** What it counts as when left out; never null. */
  readonly initial?: unknown;
  readonly when?: Condition;
}

export interface TextField extends FieldBase {
  readonly kind: 'text';
  readonly widget: 'text' | 'password' | 'textarea' | 'json' | 'file';
  readonly minLength: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** A page that draws such a text, which follows its address as the fragment. */
  readonly tool?: { readonly label: string; readonly url: string };
}
export interface ChoiceField extends FieldBase {
  readonly kind: 'choice';
  readonly choices: readonly Choice[];
}
export interface NumberField extends FieldBase {
  readonly kind: 'number';
  readonly isInteger: boolean;
  readonly min?: number;
  readonly max?: number;
}
export interface FlagField extends FieldBase {
  readonly kind: 'flag';
}
export interface ListField extends FieldBase {
  readonly kind: 'list';
  readonly item: Field;
  readonly minItems: number;
  readonly maxItems?: number;
}
export interface MapField extends FieldBase {
  readonly kind: 'map';
  readonly item: Field;
}
export interface ObjectField extends FieldBase {
  readonly kind: 'object';
  readonly fields: readonly Field[];
}
export interface UnionField extends FieldBase {
  readonly kind: 'union';
  readonly options: readonly Field[];
}
/** Whatever has no control of its own: typed as JSON. */
export interface JsonField extends FieldBase {
  readonly kind: 'json';
  readonly accepts: 'object' | 'array' | 'anything';
}
/** One value only, such as the kind in an alternative of a union: nothing to type. */
export interface ConstantField extends FieldBase {
  readonly kind: 'constant';
  readonly value: unknown;
}

export type Field =
  | TextField
  | ChoiceField
  | NumberField
  | FlagField
  | ListField
  | MapField
  | ObjectField
  | UnionField
  | JsonField
  | ConstantField;

/** `payloadFormat` and `payload_format` as words, for fields that have no label. */
export function labelOf(name: string): string {
  if (name === '*') return '';
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
