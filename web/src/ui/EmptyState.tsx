import type { ReactNode } from 'react';
import classes from './EmptyState.module.css';
import { Icon, type IconName } from './icons.tsx';

interface EmptyStateProps {
  readonly icon?: IconName;
  readonly title: string;
  /** What will appear here, and when. */
  readonly children?: ReactNode;
  /** The next step. */
  readonly actions?: ReactNode;
}

/** What stands where nothing is yet. */
export function EmptyState({ icon = 'info', title, children, actions }: EmptyStateProps) {
  return (
    <div className={classes.empty}>
      <span className={classes.icon}>
        <Icon name={icon} size={24} />
      </span>
      <h2 className={classes.title}>{title}</h2>
      {children !== undefined && <div className={classes.text}>{children}</div>}
      {actions !== undefined && <div className={classes.actions}>{actions}</div>}
    </div>
  );
}
