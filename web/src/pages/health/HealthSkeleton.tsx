import { Skeleton } from '@mantine/core';
import { healthWords } from '../../words/health.ts';
import classes from './health.module.css';

/** The page before its first figures, as tall as with them. */
export function HealthSkeleton() {
  return (
    <div className={classes.skeleton} role="status" aria-label={healthWords.loading}>
      <Skeleton height={56} />
      <Skeleton height={92} />
      <div className={classes.charts}>
        {Array.from({ length: 4 }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: grey boxes have no identity
          <Skeleton key={index} className={classes.chartSkeleton} />
        ))}
      </div>
    </div>
  );
}
