import { Skeleton, VisuallyHidden } from '@mantine/core';
import { shell } from '../words/shell.ts';

/** Heading and a table's worth of grey, while a page's own code comes. */
export function PageSkeleton() {
  return (
    <div role="status">
      <VisuallyHidden>{shell.loading}</VisuallyHidden>
      <Skeleton height={24} width={160} mb={24} animate={false} />
      <Skeleton height={32} mb={16} animate={false} />
      <Skeleton height={360} animate={false} />
    </div>
  );
}
