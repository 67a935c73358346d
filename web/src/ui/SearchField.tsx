import { CloseButton, TextInput } from '@mantine/core';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { ui } from '../words/ui.ts';
import { Icon } from './icons.tsx';
import classes from './SearchField.module.css';

interface SearchFieldProps {
  /** For screen readers, e.g. "Search connectors". */
  readonly label: string;
  readonly placeholder?: string;
  readonly value: string;
  /** On every key. */
  readonly onChange: (value: string) => void;
  /** Takes the focus when it appears, also in a panel. */
  readonly autoFocus?: boolean;
  readonly maxLength?: number;
  readonly testSubj?: string;
}

// The field in front is the one that came last: a panel opens after its list.
const fields: HTMLInputElement[] = [];

function focusOnSlash(event: globalThis.KeyboardEvent): void {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = event.target as HTMLElement | null;
  if (target?.closest('input, textarea, select, [contenteditable=true]') != null) return;
  const field = fields.at(-1);
  const dialog = document.querySelector('[role=dialog]');
  // What lies under a panel or a dialog is out of reach.
  if (field === undefined || (dialog !== null && field.closest('[role=dialog]') === null)) return;
  event.preventDefault();
  field.focus();
  field.select();
}

/** Searches while one types; `/` focuses it from anywhere on the page. */
export function SearchField({
  label,
  placeholder,
  value,
  onChange,
  autoFocus = false,
  maxLength = 200,
  testSubj,
}: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  // The address follows a moment later; what is typed must not wait for it.
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  if (value !== sent.current) {
    // Changed from outside: Back, "Clear filters".
    sent.current = value;
    if (value !== typed) setTyped(value);
  }

  useEffect(() => {
    const field = input.current!;
    if (fields.length === 0) addEventListener('keydown', focusOnSlash);
    fields.push(field);
    return () => {
      fields.splice(fields.indexOf(field), 1);
      if (fields.length === 0) removeEventListener('keydown', focusOnSlash);
    };
  }, []);
  useEffect(() => {
    if (!autoFocus) return;
    // After a panel's own choice of what to focus.
    const timer = setTimeout(() => input.current?.focus(), 20);
    return () => clearTimeout(timer);
  }, [autoFocus]);

  function change(next: string) {
    setTyped(next);
    sent.current = next;
    onChange(next);
  }

  function onKeyDown(event: KeyboardEvent) {
    // The first Escape empties the field, the next one closes what is around it.
    if (event.key !== 'Escape' || typed === '') return;
    event.preventDefault();
    change('');
  }

  return (
    <TextInput
      ref={input}
      type="search"
      aria-label={label}
      aria-keyshortcuts="/"
      title={ui.searchShortcut}
      placeholder={placeholder}
      value={typed}
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={onKeyDown}
      // Read by the panel around, which listens for Escape before the field does.
      data-mantine-stop-propagation={typed === '' ? undefined : 'true'}
      maxLength={maxLength}
      autoComplete="off"
      spellCheck={false}
      leftSection={<Icon name="search" size={14} />}
      rightSection={
        typed === '' ? (
          <span className={classes.key} aria-hidden="true">
            /
          </span>
        ) : (
          <CloseButton
            size="sm"
            aria-label={ui.clear}
            onClick={() => {
              change('');
              input.current?.focus();
            }}
          />
        )
      }
      className={classes.field}
      data-test-subj={testSubj}
    />
  );
}
