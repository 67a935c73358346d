import { Button, Checkbox, Popover, TextInput, VisuallyHidden } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { ui } from '../words/ui.ts';
import classes from './FilterMenu.module.css';
import { formatNumber } from './format.ts';
import { Icon } from './icons.tsx';

export interface FilterOption {
  readonly value: string;
  readonly label: string;
  /** How many rows choosing it would show. */
  readonly count?: number;
  readonly icon?: ReactNode;
}

interface FilterMenuProps {
  /** On the button, e.g. "Type". */
  readonly label: string;
  readonly options: readonly FilterOption[];
  readonly selected: readonly string[];
  /** In the order of the options. */
  readonly onChange: (selected: readonly string[]) => void;
  readonly testSubj?: string;
}

/** From so many options on, the menu has a search field. */
const SEARCH_FROM = 9;

/** A button that opens a list of check boxes with counts: several may be chosen, and any of them matches. */
export function FilterMenu({ label, options, selected, onChange, testSubj }: FilterMenuProps) {
  const [isOpen, setOpen] = useState(false);
  const [words, setWords] = useState('');
  const list = useRef<HTMLFieldSetElement>(null);
  const id = useId();
  const found = options.filter((option) => option.label.toLowerCase().includes(words.trim().toLowerCase()));

  function toggle(value: string) {
    const next = new Set(selected);
    if (!next.delete(value)) next.add(value);
    // Values that are not among the options (an old address) go with the first change.
    onChange(options.map((option) => option.value).filter((one) => next.has(one)));
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const boxes = [...(list.current?.querySelectorAll<HTMLInputElement>('input[type=checkbox]') ?? [])];
    const at = boxes.indexOf(document.activeElement as HTMLInputElement);
    boxes[Math.min(Math.max(at + step, 0), boxes.length - 1)]?.focus();
  }

  return (
    <Popover
      opened={isOpen}
      onChange={(open) => {
        setOpen(open);
        if (!open) setWords('');
      }}
      position="bottom-start"
      trapFocus
      returnFocus
      withRoles={false}
    >
      <Popover.Target>
        <Button
          variant="default"
          className={classes.button}
          data-chosen={selected.length > 0 || undefined}
          rightSection={<Icon name="down" size={14} />}
          aria-expanded={isOpen}
          aria-haspopup="dialog"
          aria-controls={isOpen ? id : undefined}
          onClick={() => setOpen(!isOpen)}
          data-test-subj={testSubj}
        >
          {label}
          {selected.length > 0 && (
            <span className={classes.badge}>
              {formatNumber(selected.length)}
              <VisuallyHidden> {ui.filterChosen}</VisuallyHidden>
            </span>
          )}
        </Button>
      </Popover.Target>
      <Popover.Dropdown id={id} role="dialog" aria-label={label} className={classes.menu} onKeyDown={onKeyDown}>
        {options.length >= SEARCH_FROM && (
          <TextInput
            size="xs"
            aria-label={ui.filterSearch(label)}
            leftSection={<Icon name="search" size={12} />}
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
            className={classes.search}
            data-autofocus
          />
        )}
        <fieldset ref={list} className={classes.list}>
          <legend className={classes.legend}>{label}</legend>
          {found.map(({ value, label: name, count, icon }) => (
            // biome-ignore lint/a11y/noLabelWithoutControl: the check box inside is an input
            <label key={value} className={classes.option}>
              <Checkbox
                size="xs"
                checked={selected.includes(value)}
                onChange={() => toggle(value)}
                aria-label={count === undefined ? name : `${name} (${formatNumber(count)})`}
              />
              {icon}
              <span className={classes.name}>{name}</span>
              {count !== undefined && (
                <span className={classes.count} aria-hidden="true">
                  {formatNumber(count)}
                </span>
              )}
            </label>
          ))}
          {found.length === 0 && <div className={classes.nothing}>{ui.filterNothing}</div>}
        </fieldset>
        <Button
          variant="subtle"
          size="compact-sm"
          fullWidth
          // Not `disabled`, which would drop the focus.
          data-disabled={selected.length === 0 || undefined}
          aria-disabled={selected.length === 0}
          aria-label={ui.clearFilter(label)}
          onClick={() => onChange([])}
        >
          {ui.clear}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
