import { Skeleton } from '@mantine/core';
import { ui } from '../../../words/ui.ts';
import classes from './panel.module.css';

/** The drawer's content before it is there, about as tall. */
export function PanelSkeleton() {
  return (
    <div className={classes.content} role="status" aria-label={ui.loading}>
      <Skeleton height={72} />
      <Skeleton height={36} width={280} />
      <Skeleton height={96} />
      <Skeleton height={160} />
    </div>
  );
}
