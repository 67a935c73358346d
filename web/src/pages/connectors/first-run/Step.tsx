import { VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon } from '../../../ui/icons.tsx';
import { firstRunWords as words } from '../../../words/first-run.ts';
import classes from './FirstRun.module.css';

interface StepProps {
  readonly number: number;
  readonly state: 'done' | 'next' | 'later';
  readonly name: string;
  readonly text: string;
  /** Buttons of the step that comes next. */
  readonly actions?: ReactNode;
  /** What went wrong with it. */
  readonly children?: ReactNode;
}

/** One line of the checklist. */
export function Step({ number, state, name, text, actions, children }: StepProps) {
  return (
    <li className={classes.step} data-state={state} aria-current={state === 'next' ? 'step' : undefined}>
      <span className={classes.marker}>
        {state === 'done' ? <Icon name="check" size={14} /> : number}
        {state === 'done' && <VisuallyHidden>{words.done}</VisuallyHidden>}
      </span>
      <div>
        <div className={classes.name}>{name}</div>
        <div className={classes.text}>{text}</div>
      </div>
      {state === 'next' && actions !== undefined && <div className={classes.actions}>{actions}</div>}
      {state === 'next' && children !== undefined && <div className={classes.wide}>{children}</div>}
    </li>
  );
}
