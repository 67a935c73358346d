import { UnstyledButton } from '@mantine/core';
import { COUNTED_MAX, type ExecutionStatus, type Histogram, UNFINISHED } from '../../../api/executions.ts';
import { formatNumber, formatPercent } from '../../../ui/format.ts';
import { Icon, type IconName } from '../../../ui/icons.tsx';
import type { Tone } from '../../../ui/Status.tsx';
import { kpiWords as words } from '../../../words/executions.ts';
import classes from './list.module.css';

interface KpisProps {
  readonly histogram: Histogram | undefined;
  /** How many have not ended; counted no further than {@link COUNTED_MAX}. */
  readonly waiting: number | undefined;
  readonly onFilter: (status: readonly ExecutionStatus[]) => void;
}

/** How many executions of what is shown ended how; a click shows only these. */
export function Kpis({ histogram, waiting, onFilter }: KpisProps) {
  const sum = (key: 'succeeded' | 'failed' | 'other') =>
    histogram?.buckets.reduce((total, bucket) => total + bucket[key], 0);
  const succeeded = sum('succeeded');
  const failed = sum('failed');
  const other = sum('other');
  const all = succeeded === undefined ? undefined : succeeded + failed! + other!;
  const ended = succeeded === undefined ? 0 : succeeded + failed!;
  return (
    <ul className={classes.kpis} aria-label={words.label}>
      <Kpi name={words.all} value={all} onClick={() => onFilter([])} testSubj="connectorEventLogKpi-allOutcome" />
      <Kpi
        name={words.succeeded}
        value={succeeded}
        tone="success"
        icon="check"
        onClick={() => onFilter(['succeeded'])}
        testSubj="connectorEventLogKpi-successOutcome"
      />
      <Kpi
        name={words.failed}
        value={failed}
        tone={failed === undefined || failed === 0 ? undefined : 'failure'}
        icon="cross"
        note={ended === 0 || failed === undefined ? undefined : formatPercent(failed / ended)}
        onClick={() => onFilter(['failed', 'expired'])}
        testSubj="connectorEventLogKpi-failureOutcome"
      />
      <Kpi
        name={words.waiting}
        value={waiting}
        isMore={waiting === COUNTED_MAX}
        tone={waiting === 0 ? undefined : 'neutral'}
        icon="clock"
        onClick={() => onFilter(UNFINISHED)}
        testSubj="connectorEventLogKpi-waitingOutcome"
      />
    </ul>
  );
}

interface KpiProps {
  readonly name: string;
  readonly value: number | undefined;
  readonly isMore?: boolean;
  /** A share of the others. */
  readonly note?: string;
  readonly tone?: Tone;
  readonly icon?: IconName;
  readonly onClick: () => void;
  readonly testSubj: string;
}

function Kpi({ name, value, isMore = false, note, tone, icon, onClick, testSubj }: KpiProps) {
  const text = value === undefined ? words.unknown : isMore ? words.more(value) : formatNumber(value);
  return (
    <li>
      <UnstyledButton className={classes.kpi} title={words.show(name)} onClick={onClick} data-test-subj={testSubj}>
        <span className={classes.kpiName}>{name}</span>
        <span className={classes.kpiValue} data-tone={tone}>
          {icon !== undefined && <Icon name={icon} size={16} />}
          {text}
          {note !== undefined && (
            <span className={classes.kpiNote} title={words.shareHint}>
              {note}
            </span>
          )}
        </span>
      </UnstyledButton>
    </li>
  );
}
