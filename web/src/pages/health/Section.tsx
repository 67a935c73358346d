import { type ReactNode, useId } from 'react';
import { Status } from '../../ui/Status.tsx';
import classes from './health.module.css';

interface SectionProps {
  readonly title: string;
  readonly lead: string;
  /** In the place of the content, when there is nothing to show: good news. */
  readonly nothing?: string;
  readonly children: ReactNode;
}

/** A part of the page with a heading. */
export function Section({ title, lead, nothing, children }: SectionProps) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p className={classes.lead}>{lead}</p>
      {nothing === undefined ? children : <Status tone="success">{nothing}</Status>}
    </section>
  );
}
