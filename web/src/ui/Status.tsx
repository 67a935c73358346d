import { VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { statusWords } from '../words/ui.ts';
import { Icon, type IconName } from './icons.tsx';
import classes from './Status.module.css';

/** What a colour means; the same for states, charts and notices. */
export type Tone = 'success' | 'failure' | 'warning' | 'neutral' | 'accent';

const ICONS: Readonly<Record<Tone, IconName>> = {
  success: 'check',
  failure: 'cross',
  warning: 'warning',
  neutral: 'clock',
  accent: 'running',
};

interface StatusProps {
  readonly tone: Tone;
  /** The tone's own when left out. */
  readonly icon?: IconName;
  /** The word or sentence; colour and icon only repeat it. */
  readonly children: ReactNode;
  /** As a badge with a ground of its own. */
  readonly filled?: boolean;
  /** Shows the icon alone; the word is left to screen readers and the tooltip. For columns of a few pixels only. */
  readonly iconOnly?: boolean;
}

/** A state as icon, word and colour. */
export function Status({ tone, icon = ICONS[tone], children, filled = false, iconOnly = false }: StatusProps) {
  return (
    <span
      className={classes.status}
      data-tone={tone}
      data-filled={filled || undefined}
      title={iconOnly && typeof children === 'string' ? children : undefined}
    >
      <Icon name={icon} size={14} />
      {iconOnly ? <VisuallyHidden>{children}</VisuallyHidden> : <span className={classes.word}>{children}</span>}
    </span>
  );
}

const EXECUTION: Readonly<Record<string, { tone: Tone; icon: IconName }>> = {
  queued: { tone: 'neutral', icon: 'clock' },
  running: { tone: 'accent', icon: 'running' },
  retrying: { tone: 'warning', icon: 'retry' },
  succeeded: { tone: 'success', icon: 'check' },
  failed: { tone: 'failure', icon: 'cross' },
  expired: { tone: 'failure', icon: 'clock' },
  cancelled: { tone: 'neutral', icon: 'minus' },
};

/** The tone of an execution's status; neutral for one that this console does not know yet. */
export function executionTone(status: string): Tone {
  return EXECUTION[status]?.tone ?? 'neutral';
}

/** Status of an execution: `queued`, `running`, `retrying`, `succeeded`, `failed`, `expired`, `cancelled`. */
export function ExecutionStatus({ status, iconOnly }: { status: string; iconOnly?: boolean }) {
  const { tone, icon } = EXECUTION[status] ?? { tone: 'neutral', icon: 'info' };
  return (
    <Status tone={tone} icon={icon} iconOnly={iconOnly}>
      {statusWords[status] ?? status}
    </Status>
  );
}
