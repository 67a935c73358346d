import { NumberInput, PasswordInput, Textarea, TextInput } from '@mantine/core';
import { form as words } from '../../../words/form.ts';
import { useControl } from './context.ts';
import type { Field, NumberField, TextField } from './fields.ts';
import { Unfinished } from './values.ts';

/** What a control of any kind is given. */
export interface ControlProps<F extends Field = Field> {
  readonly field: F;
  readonly path: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  /** Instead of the field's own, for what stands in a list or map; not shown when `isBare`. */
  readonly label?: string;
  /** The label is only for screen readers: a heading of the list says it. */
  readonly isBare?: boolean;
  readonly autoFocus?: boolean;
}

/** Label, help, problem and state for an input of the component library. */
export function useInputProps({ field, path, label = field.label, isBare = false, autoFocus }: ControlProps) {
  const { id, problem, isReadOnly } = useControl(path);
  return {
    id,
    ...(isBare ? { 'aria-label': label } : { label, description: field.help }),
    error: problem,
    // Only the mark and what screen readers say: the browser's own check would speak before ours.
    required: field.isRequired && !isReadOnly,
    readOnly: isReadOnly,
    placeholder: field.placeholder ?? (typeof field.initial === 'string' ? field.initial : undefined),
    autoFocus,
  };
}

export function TextControl(props: ControlProps<TextField>) {
  const { field, onChange } = props;
  const common = useInputProps(props);
  const text = typeof props.value === 'string' ? props.value : props.value == null ? '' : String(props.value);
  const shared = {
    ...common,
    value: text,
    spellCheck: field.widget === 'textarea',
    autoComplete: 'off',
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  if (field.widget === 'textarea') return <Textarea {...shared} autosize minRows={2} maxRows={12} />;
  if (!field.isSecret) return <TextInput {...shared} />;
  const label = props.label ?? field.label;
  return (
    <PasswordInput
      {...shared}
      // Of all inputs this one does not say it by itself.
      aria-invalid={common.error === undefined ? undefined : true}
      // A browser that offers to keep it, or to fill in the reader's own password, would do harm.
      autoComplete="new-password"
      visibilityToggleFocusable
      visibilityToggleButtonProps={{ 'aria-label': words.showSecret(label) }}
    />
  );
}

export function NumberControl(props: ControlProps<NumberField>) {
  const { field, value, onChange } = props;
  const common = useInputProps(props);
  return (
    <NumberInput
      {...common}
      value={value instanceof Unfinished ? value.text : typeof value === 'number' ? value : ''}
      allowDecimal={!field.isInteger}
      hideControls
      // Bounds are said in words when the form is checked; changing what was typed would surprise.
      clampBehavior="none"
      onChange={(next) => {
        if (next === '') onChange(undefined);
        else if (typeof next === 'number') onChange(next);
        else onChange(Number.isNaN(Number(next)) ? new Unfinished(next, words.notNumber) : Number(next));
      }}
    />
  );
}
