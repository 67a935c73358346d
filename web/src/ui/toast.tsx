import { CloseButton } from '@mantine/core';
import { useEffect } from 'react';
import { ui } from '../words/ui.ts';
import { Icon } from './icons.tsx';
import { createStore } from './store.ts';
import classes from './toast.module.css';

interface Entry {
  readonly id: number;
  readonly tone: 'success' | 'failure';
  readonly text: string;
}

/** Long enough to be read twice; a failure stays until it is dismissed. */
const SHOWN_MS = 6_000;
const SHOWN_MAX = 4;

const entries = createStore<readonly Entry[]>([]);
let nextId = 1;

function add(tone: Entry['tone'], text: string): void {
  const entry = { id: nextId, tone, text };
  nextId += 1;
  entries.set([...entries.get(), entry].slice(-SHOWN_MAX));
}

function dismiss(id: number): void {
  entries.set(entries.get().filter((entry) => entry.id !== id));
}

/** A short message in the corner, also read out. For what was done elsewhere or is over; reasons belong on the page. */
export const toast = {
  success: (text: string) => add('success', text),
  failure: (text: string) => add('failure', text),
};

/** Shows what {@link toast} says; stands once, at the root. */
export function Toasts() {
  const shown = entries.use();
  return (
    <div className={classes.toasts} role="status" aria-live="polite" aria-atomic="false">
      {shown.map((entry) => (
        <Toast key={entry.id} entry={entry} />
      ))}
    </div>
  );
}

function Toast({ entry }: { entry: Entry }) {
  const { id, tone, text } = entry;
  useEffect(() => {
    if (tone === 'failure') return;
    const timer = setTimeout(() => dismiss(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, tone]);
  return (
    <div className={classes.toast} data-tone={tone}>
      <Icon name={tone === 'success' ? 'check' : 'warning'} className={classes.icon} />
      <div className={classes.text}>{text}</div>
      <CloseButton size="sm" aria-label={ui.dismiss} onClick={() => dismiss(id)} />
    </div>
  );
}
