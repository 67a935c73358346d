import { Skeleton } from '@mantine/core';
import classes from './controls.module.css';

/** Bars of a form's size while it is fetched. */
export function FormSkeleton({ label }: { label: string }) {
  return (
    <div role="status" aria-label={label} className={classes.stack}>
      {[0, 1, 2, 3].map((row) => (
        <div key={row}>
          <Skeleton height={12} width={120} mb={8} />
          <Skeleton height={32} />
        </div>
      ))}
    </div>
  );
}
