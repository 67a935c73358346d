import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Use } from '../../../api/connectors.ts';
import { formatNumber, tame } from '../../../ui/format.ts';
import { RelativeTime } from '../../../ui/RelativeTime.tsx';
import { Sparkline } from '../../../ui/Sparkline.tsx';
import { ExecutionStatus, Status } from '../../../ui/Status.tsx';
import { listWords as words } from '../../../words/list.ts';
import classes from './List.module.css';
import { type Row, reasonOf } from './rows.ts';

const REASON_MAX = 300;
const HOURS = 24;

/** The type's name; the id of one that the server does not know. */
export function TypeCell({ row }: { row: Row }) {
  if (row.type === undefined) return <code>{tame(row.typeName, 60)}</code>;
  return <bdi title={tame(row.typeName, 200)}>{tame(row.typeName, 60)}</bdi>;
}

/** How the last run ended and when; below it the reason in words, of a failure or of why nothing can run. */
export function LastRunCell({ row }: { row: Row }) {
  const last = row.connector.last_execution;
  const reason = reasonOf(row);
  if (row.block === undefined && last == null) return <span className={classes.dim}>{words.never}</span>;
  return (
    <div className={classes.lines}>
      <div className={classes.line}>
        {row.block === undefined ? (
          <ExecutionStatus status={last!.outcome} />
        ) : (
          <Status tone="warning" icon="warning">
            {words.cannotRun}
          </Status>
        )}
        {last != null && (
          <span className={classes.dim}>
            <RelativeTime at={last.at} />
          </span>
        )}
      </div>
      {reason !== undefined && (
        <bdi className={classes.reason} title={tame(reason, 1_000)}>
          {tame(reason, REASON_MAX)}
        </bdi>
      )}
    </div>
  );
}

/** The last 24 hours in a small picture. */
export function DayCell({ row: { hours, ranToday, failedToday } }: { row: Row }) {
  const bars = useMemo(
    () =>
      Array.from({ length: HOURS }, (_, hour) => ({
        label: String(hour),
        parts: [
          { tone: 'success' as const, name: 'succeeded', value: hours?.succeeded[hour] ?? 0 },
          { tone: 'failure' as const, name: 'failed', value: hours?.failed[hour] ?? 0 },
        ],
      })),
    [hours],
  );
  if (hours === undefined) return <span className={classes.dim}>{words.unknown}</span>;
  return <Sparkline label={words.day(ranToday, failedToday)} bars={bars} />;
}

/** How many things use the connector, with their names; leads to all of them. */
export function UsedCell({ row: { id, uses } }: { row: Row }) {
  if (uses === undefined) return <span className={classes.dim}>{words.unknown}</span>;
  if (uses.length === 0) return <span className={classes.dim}>{formatNumber(0)}</span>;
  const names = uses.map(({ kind, name, role }: Use) => words.use(kind, tame(name, 60), role)).join(', ');
  return (
    <Link
      to="/connectors/$connectorId/usage"
      params={{ connectorId: id }}
      search={true}
      className={classes.used}
      title={names}
    >
      <span className={classes.usedCount}>{formatNumber(uses.length)}</span>
      <bdi className={classes.usedNames}>{uses.map(({ name }) => tame(name, 40)).join(', ')}</bdi>
    </Link>
  );
}
