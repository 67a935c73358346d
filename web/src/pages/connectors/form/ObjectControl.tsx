import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { Values } from '../../../api/types.ts';
import { form as words } from '../../../words/form.ts';
import { Control } from './Control.tsx';
import { useControl } from './context.ts';
import classes from './controls.module.css';
import type { Field, ObjectField, UnionField } from './fields.ts';
import type { ControlProps } from './TextControl.tsx';
import { isUnset, isVisible, optionOf, pathOf } from './values.ts';

/** Fields inside a field. */
export function ObjectControl({ field, path, value, onChange, label = field.label }: ControlProps<ObjectField>) {
  const { id, problem } = useControl(path, false);
  return (
    <fieldset className={classes.group} id={id} tabIndex={-1} aria-describedby={problem && `${id}-problem`}>
      <legend>
        {label}
        {!field.isRequired && <span className={classes.optional}> {words.optional}</span>}
      </legend>
      {field.help !== undefined && <div className={classes.help}>{field.help}</div>}
      <Members fields={field.fields} path={path} value={value} onChange={onChange} />
      {problem !== undefined && (
        <div className={classes.problem} id={`${id}-problem`}>
          {problem}
        </div>
      )}
    </fieldset>
  );
}

/** One of several kinds of objects: a choice of the kind, then its fields. */
export function UnionControl({ field, path, value, onChange, label = field.label }: ControlProps<UnionField>) {
  const { id, problem, isReadOnly } = useControl(path, false);
  const [chosen, setChosen] = useState<number>();
  const index = chosen ?? optionOf(field.options, value);
  const option = field.options[index]!;
  return (
    <fieldset className={classes.group} id={id} tabIndex={-1} aria-describedby={problem && `${id}-problem`}>
      <legend>
        {label}
        {!field.isRequired && <span className={classes.optional}> {words.optional}</span>}
      </legend>
      {field.help !== undefined && <div className={classes.help}>{field.help}</div>}
      <div className={classes.stack}>
        <NativeSelect
          label={words.kind}
          value={String(index)}
          disabled={isReadOnly}
          data={field.options.map((each, position) => ({ value: String(position), label: nameOf(each, position) }))}
          onChange={(event) => {
            const next = Number(event.currentTarget.value);
            setChosen(next);
            onChange(begun(field.options[next]!));
          }}
        />
        {option.kind === 'object' && <Members fields={option.fields} path={path} value={value} onChange={onChange} />}
      </div>
      {problem !== undefined && (
        <div className={classes.problem} id={`${id}-problem`}>
          {problem}
        </div>
      )}
    </fieldset>
  );
}

interface MembersProps {
  readonly fields: readonly Field[];
  readonly path: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

function Members({ fields, path, value, onChange }: MembersProps) {
  const values: Values = isUnset(value) && typeof value !== 'object' ? {} : ((value ?? {}) as Values);
  return (
    <div className={classes.stack}>
      {fields
        .filter((field) => field.kind !== 'constant' && isVisible(field, fields, values))
        .map((field) => (
          <Control
            key={field.name}
            field={field}
            path={pathOf(path, field.name)}
            value={values[field.name]}
            onChange={(next) => onChange({ ...values, [field.name]: next })}
          />
        ))}
    </div>
  );
}

/** The names of the option's members stand in the new value, so that it is recognised before anything is typed. */
function begun(option: Field): unknown {
  if (option.kind !== 'object') return undefined;
  return Object.fromEntries(
    option.fields
      .filter((field) => field.isRequired)
      .map((field) => [field.name, field.kind === 'constant' ? field.value : undefined]),
  );
}

function nameOf(option: Field, position: number): string {
  if (option.label !== '') return option.label;
  if (option.kind !== 'object') return words.alternative(position + 1);
  const constants = option.fields.filter((field) => field.kind === 'constant').map(({ value }) => String(value));
  const required = option.fields
    .filter((field) => field.isRequired && field.kind !== 'constant')
    .map((field) => field.label);
  const name = [...constants, ...(required.length > 0 ? [words.withFields(required)] : [])].join(': ');
  return name || words.alternative(position + 1);
}
