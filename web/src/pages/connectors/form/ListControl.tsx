import { ActionIcon, Button } from '@mantine/core';
import { type ClipboardEvent, useRef, useState } from 'react';
import { Icon } from '../../../ui/icons.tsx';
import { form as words } from '../../../words/form.ts';
import { Control } from './Control.tsx';
import { useControl } from './context.ts';
import classes from './controls.module.css';
import type { ListField } from './fields.ts';
import type { ControlProps } from './TextControl.tsx';
import { pathOf } from './values.ts';

/** Several values of one kind, one below the other. Lines that are pasted into a row become rows. */
export function ListControl({ field, path, value, onChange }: ControlProps<ListField>) {
  const { id, problem, isReadOnly } = useControl(path, false);
  const items: readonly unknown[] = Array.isArray(value) && value.length > 0 ? value : [undefined];
  const keys = useKeys(items.length);
  const [isAdded, setAdded] = useState(false);
  const isText = field.item.kind === 'text';

  const replace = (index: number, ...by: unknown[]) => onChange(items.toSpliced(index, 1, ...by));
  function add() {
    setAdded(true);
    onChange([...items, undefined]);
  }
  function remove(index: number) {
    keys.remove(index);
    onChange(items.toSpliced(index, 1));
  }
  function paste(index: number, event: ClipboardEvent) {
    const lines = event.clipboardData
      .getData('text')
      .split(/[\r\n]+/)
      .map((line) => line.trim())
      .filter(Boolean);
    if (!isText || lines.length < 2) return;
    event.preventDefault();
    replace(index, ...lines);
  }

  return (
    <fieldset className={classes.bare} id={id} tabIndex={-1} aria-describedby={problem && `${id}-problem`}>
      <legend className={classes.legend}>{field.label}</legend>
      {field.help !== undefined && <div className={classes.help}>{field.help}</div>}
      <div className={classes.rows}>
        {items.map((item, index) => (
          <div key={keys.of(index)} className={classes.row} onPaste={(event) => paste(index, event)}>
            <Control
              field={field.item}
              path={pathOf(path, index)}
              value={item}
              onChange={(next) => replace(index, next)}
              label={words.itemOf(index + 1, field.label)}
              isBare
              autoFocus={isAdded && index === items.length - 1}
            />
            {items.length > 1 && !isReadOnly && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={words.removeFrom(index + 1, field.label)}
                onClick={() => remove(index)}
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
      {!isReadOnly && (field.maxItems === undefined || items.length < field.maxItems) && (
        <div className={classes.buttons}>
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<Icon name="plus" size={12} />}
            aria-label={words.addTo(field.label)}
            onClick={add}
          >
            {words.add}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

/** A key for each row that stays with it while others are removed, so that the focus and half-typed JSON stay, too. */
export function useKeys(count: number) {
  const keys = useRef<number[]>([]);
  const next = useRef(0);
  while (keys.current.length < count) {
    keys.current.push(next.current);
    next.current += 1;
  }
  keys.current.length = count;
  return {
    of: (index: number) => keys.current[index]!,
    remove: (index: number) => void keys.current.splice(index, 1),
  };
}
