import { ActionIcon, Button, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import type { Values } from '../../../api/types.ts';
import { Icon } from '../../../ui/icons.tsx';
import { form as words } from '../../../words/form.ts';
import { Control } from './Control.tsx';
import { useControl } from './context.ts';
import classes from './controls.module.css';
import type { MapField } from './fields.ts';
import { useKeys } from './ListControl.tsx';
import type { ControlProps } from './TextControl.tsx';
import { isUnset, pathOf, Unfinished } from './values.ts';

type Pair = readonly [key: string, value: unknown];

/** Names and values, e.g. HTTP headers. */
export function MapControl({ field, path, value, onChange }: ControlProps<MapField>) {
  const { id, problem, isReadOnly } = useControl(path, false);
  // Rows of their own: while a name is typed it may be empty, or for a moment the same as another.
  const [pairs, setPairs] = useState(() => pairsOf(value));
  const sent = useRef(value);
  if (value !== sent.current) {
    sent.current = value;
    if (!(value instanceof Unfinished)) setPairs(pairsOf(value));
  }
  const keys = useKeys(pairs.length);
  const [isAdded, setAdded] = useState(false);

  function change(next: readonly Pair[]) {
    setPairs(next);
    sent.current = mapOf(next);
    onChange(sent.current);
  }
  const replace = (index: number, by: Pair) => change(pairs.with(index, by));

  return (
    <fieldset className={classes.bare} id={id} tabIndex={-1} aria-describedby={problem && `${id}-problem`}>
      <legend className={classes.legend}>{field.label}</legend>
      {field.help !== undefined && <div className={classes.help}>{field.help}</div>}
      <div className={classes.rows}>
        {pairs.map(([key, each], index) => (
          <div key={keys.of(index)} className={classes.row}>
            <TextInput
              className={classes.key}
              aria-label={words.keyOf(index + 1, field.label)}
              placeholder={words.keyPlaceholder}
              value={key}
              readOnly={isReadOnly}
              spellCheck={false}
              autoComplete="off"
              autoFocus={isAdded && index === pairs.length - 1}
              onChange={(event) => replace(index, [event.currentTarget.value, each])}
            />
            <Control
              field={{ ...field.item, isRequired: false, placeholder: words.valuePlaceholder }}
              path={pathOf(path, key)}
              value={each}
              onChange={(next) => replace(index, [key, next])}
              label={words.valueOf(index + 1, field.label)}
              isBare
            />
            {!isReadOnly && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={words.removeFrom(index + 1, field.label)}
                onClick={() => {
                  keys.remove(index);
                  change(pairs.toSpliced(index, 1));
                }}
              >
                <Icon name="cross" size={14} />
              </ActionIcon>
            )}
          </div>
        ))}
      </div>
      {problem !== undefined && (
        <div className={classes.problem} id={`${id}-problem`}>
          {problem}
        </div>
      )}
      {!isReadOnly && (
        <div className={classes.buttons}>
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<Icon name="plus" size={12} />}
            aria-label={words.addTo(field.label)}
            onClick={() => {
              setAdded(true);
              change([...pairs, ['', '']]);
            }}
          >
            {words.add}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

function pairsOf(value: unknown): readonly Pair[] {
  return isUnset(value) && !(value instanceof Unfinished) ? [] : Object.entries(value as Values);
}

function mapOf(pairs: readonly Pair[]): unknown {
  const filled = pairs.filter(([key, value]) => key.trim() !== '' || !isUnset(value));
  const names = filled.map(([key]) => key.trim());
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) return new Unfinished(JSON.stringify(pairs), words.sameKey(twice));
  // `fromEntries` makes own members even of names like `__proto__`.
  return filled.length === 0 ? undefined : Object.fromEntries(filled.map(([key, value]) => [key.trim(), value]));
}
