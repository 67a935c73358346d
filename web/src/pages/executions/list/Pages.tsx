import { Button } from '@mantine/core';
import { COUNTED_MAX } from '../../../api/executions.ts';
import { Icon } from '../../../ui/icons.tsx';
import { listWords as words } from '../../../words/executions.ts';
import classes from './list.module.css';

interface PagesProps {
  readonly page: number;
  readonly perPage: number;
  /** Counts no further than {@link COUNTED_MAX}. */
  readonly total: number;
  readonly onPage: (page: number) => void;
}

/** Which rows are shown, of how many, and the way to the others. */
export function Pages({ page, perPage, total, onPage }: PagesProps) {
  const first = (page - 1) * perPage + 1;
  const last = Math.min(page * perPage, total);
  if (total === 0) return <div className={classes.pages} />;
  const isLastPage = last >= total;
  const isCut = total >= COUNTED_MAX;
  return (
    <nav className={classes.pages} aria-label={words.pages}>
      <span aria-live="polite">{words.summary(Math.min(first, last), last, total, isCut)}</span>
      {isCut && isLastPage && <span className={classes.quiet}>{words.tooMany}</span>}
      <PageButton label={words.previous} icon="left" isOff={page === 1} onClick={() => onPage(page - 1)} />
      <PageButton label={words.next} icon="right" isOff={isLastPage} onClick={() => onPage(page + 1)} />
    </nav>
  );
}

interface PageButtonProps {
  readonly label: string;
  readonly icon: 'left' | 'right';
  readonly isOff: boolean;
  readonly onClick: () => void;
}

function PageButton({ label, icon, isOff, onClick }: PageButtonProps) {
  return (
    <Button
      variant="default"
      size="compact-sm"
      leftSection={icon === 'left' && <Icon name="left" size={14} />}
      rightSection={icon === 'right' && <Icon name="right" size={14} />}
      // Not `disabled`, which would drop the focus of whoever pages with the keyboard.
      data-disabled={isOff || undefined}
      aria-disabled={isOff}
      onClick={() => !isOff && onClick()}
    >
      {label}
    </Button>
  );
}
