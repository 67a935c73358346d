import { Anchor } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { tame } from '../../../ui/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { form as words } from '../../../words/form.ts';
import { controlId } from './context.ts';
import classes from './ProblemSummary.module.css';
import type { Problem } from './problems.ts';
import { type Area, labelAt } from './refusals.ts';

interface ProblemSummaryProps {
  readonly formId: string;
  readonly problems: readonly Problem[];
  /** For the labels of the fields. */
  readonly areas: readonly Area[];
  /** Changes with every press of a button, so that the same problems take the focus again. */
  readonly attempt: number;
}

/** What stands above a form that could not be sent: takes the focus, says everything, and leads to each field. */
export function ProblemSummary({ formId, problems, areas, attempt }: ProblemSummaryProps) {
  const box = useRef<HTMLDivElement>(null);
  // Only when a button was pressed: somebody who mends one of the problems must not be called back.
  useEffect(() => {
    if (attempt === 0) return;
    box.current?.scrollIntoView({ block: 'nearest' });
    box.current?.focus();
  }, [attempt]);
  if (problems.length === 0) return null;

  const isAtFields = problems.some(({ path }) => path !== '');
  return (
    <Notice tone="failure" role="alert" ref={box} title={isAtFields ? words.problemsTitle : words.refusedTitle}>
      <ul className={classes.list}>
        {problems.map(({ path, message }) => {
          const label = labelAt(path, areas);
          const text = tame(
            path === '' || message.toLowerCase().includes(label.toLowerCase()) ? message : `${label}: ${message}`,
            600,
          );
          return (
            <li key={`${path} ${message}`}>
              {path === '' ? (
                text
              ) : (
                <Anchor component="button" type="button" onClick={() => focusField(formId, path)}>
                  {text}
                </Anchor>
              )}
            </li>
          );
        })}
      </ul>
    </Notice>
  );
}

/** Focuses the control at a path, or the nearest one around it. */
export function focusField(formId: string, path: string): void {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const control = document.getElementById(controlId(formId, at));
    if (control === null) continue;
    control.scrollIntoView({ block: 'center' });
    control.focus({ preventScroll: true });
    return;
  }
}
