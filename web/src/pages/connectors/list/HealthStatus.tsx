import { Icon, type IconName } from '../../../ui/icons.tsx';
import { Status, type Tone } from '../../../ui/Status.tsx';
import { listWords } from '../../../words/list.ts';
import classes from './List.module.css';
import type { Health } from './rows.ts';

const LOOKS: Readonly<Record<Health, { readonly tone: Tone; readonly icon: IconName }>> = {
  failing: { tone: 'failure', icon: 'cross' },
  retrying: { tone: 'warning', icon: 'retry' },
  blocked: { tone: 'warning', icon: 'warning' },
  working: { tone: 'success', icon: 'check' },
  cancelled: { tone: 'neutral', icon: 'minus' },
  never: { tone: 'neutral', icon: 'clock' },
};

/** The health of a connector as icon, word and colour. */
export function HealthStatus({ health }: { health: Health }) {
  return <Status {...LOOKS[health]}>{listWords.health[health]}</Status>;
}

/** Its icon in its colour, for places where the word stands beside it. */
export function HealthIcon({ health }: { health: Health }) {
  const { tone, icon } = LOOKS[health];
  return (
    <span className={classes.healthIcon} style={{ color: `var(--${tone})` }}>
      <Icon name={icon} size={14} />
    </span>
  );
}
