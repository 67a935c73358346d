import { NativeSelect, Switch, TextInput } from '@mantine/core';
import { form as words } from '../../../words/form.ts';
import { useControl } from './context.ts';
import type { Choice, ChoiceField, FlagField } from './fields.ts';
import { type ControlProps, useInputProps } from './TextControl.tsx';
import { isUnset } from './values.ts';

/** One of several values. A value that is none of them, from another client, stays and can be seen. */
export function ChoiceControl(props: ControlProps<ChoiceField>) {
  const { field, value, onChange } = props;
  const { readOnly, placeholder: _, ...common } = useInputProps(props);
  const chosen = (isUnset(value) ? field.initial : value) as Choice['value'] | undefined;
  const known = field.choices.some((choice) => choice.value === chosen);
  const choices =
    chosen === undefined || known ? field.choices : [...field.choices, { value: chosen, label: String(chosen) }];
  const key = (of: unknown) => JSON.stringify(of) ?? '';
  const isOptional = !field.isRequired && field.initial === undefined;
  if (readOnly) {
    const label = choices.find((choice) => choice.value === chosen)?.label ?? words.notSet;
    return <TextInput {...common} readOnly value={label} />;
  }
  return (
    <NativeSelect
      {...common}
      value={key(chosen)}
      data={[
        ...(isOptional
          ? [{ value: '', label: words.notSet }]
          : chosen === undefined
            ? [{ value: '', label: words.choose }]
            : []),
        ...choices.map((choice) => ({ value: key(choice.value), label: choice.label })),
      ]}
      onChange={(event) => onChange(choices.find((choice) => key(choice.value) === event.currentTarget.value)?.value)}
    />
  );
}

/** A switch; where "not set" is something else than "off", three choices. */
export function FlagControl(props: ControlProps<FlagField>) {
  const { field, value, onChange, path } = props;
  const { id, problem, isReadOnly } = useControl(path);
  if (isReadOnly || (!field.isRequired && field.initial === undefined)) {
    const choices = [
      { value: true, label: words.on },
      { value: false, label: words.off },
    ];
    return <ChoiceControl {...props} field={{ ...field, kind: 'choice', choices }} />;
  }
  return (
    <Switch
      id={id}
      label={props.label ?? field.label}
      description={field.help}
      error={problem}
      checked={isUnset(value) ? field.initial === true : value === true}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}
