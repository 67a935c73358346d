import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Attempt, ExecutionDetail } from '../../../api/executions.ts';
import { Duration } from '../../../ui/Duration.tsx';
import { formatDuration, formatExact, tame } from '../../../ui/format.ts';
import { Icon, type IconName } from '../../../ui/icons.tsx';
import { useNow } from '../../../ui/RelativeTime.tsx';
import { codeWords, executionWords as words } from '../../../words/execution.ts';
import { between, endOf, lastStatus, webUrl, whenText } from './advice.ts';
import { Exchange } from './Exchange.tsx';
import classes from './panel.module.css';

/** Shorter waits say nothing. */
const WAIT_MIN_MS = 1_000;

/** All attempts in their order, with the waits between them. */
export function Timeline({ execution, next }: { execution: ExecutionDetail; next?: ReactNode }) {
  const { attempts, created_at, status } = execution;
  const inQueue = attempts[0] === undefined ? 0 : between(created_at, attempts[0].started_at);
  const isUnderWay = status === 'running';
  const last = attempts.at(-1);
  return (
    <ol className={classes.timeline} aria-label={words.timeline}>
      {inQueue >= WAIT_MIN_MS && <Wait>{words.waitedInQueue(formatDuration(inQueue))}</Wait>}
      {attempts.map((attempt, index) => {
        const before = attempts[index - 1];
        const waited = before === undefined ? 0 : between(endOf(before), attempt.started_at);
        return (
          <AttemptItem key={attempt.attempt} attempt={attempt} waited={waited >= WAIT_MIN_MS ? waited : undefined} />
        );
      })}
      {isUnderWay && (
        <Item icon="running" tone="accent">
          <span>{words.attemptUnderWay((last?.attempt ?? 0) + 1)}</span>
        </Item>
      )}
      {next}
    </ol>
  );
}

interface AttemptItemProps {
  readonly attempt: Attempt;
  readonly waited: number | undefined;
}

function AttemptItem({ attempt, waited }: AttemptItemProps) {
  const { started_at, duration_ms, outcome, requests, message, service_message, code, reference } = attempt;
  const now = useNow();
  const isDelivered = outcome === 'delivered';
  const answered = lastStatus(requests);
  return (
    <>
      {waited !== undefined && <Wait>{words.waited(formatDuration(waited))}</Wait>}
      <Item icon={isDelivered ? 'check' : 'cross'} tone={isDelivered ? 'success' : 'failure'}>
        <div className={classes.attemptLine}>
          <time dateTime={started_at} title={formatExact(started_at)} className={classes.clock}>
            {whenText(started_at, now)}
          </time>
          <span>{words.attempt(attempt.attempt)}</span>
          <span className={classes.outcome} data-tone={isDelivered ? 'success' : 'failure'}>
            {isDelivered ? words.delivered : words.failed}
            {answered !== undefined && ` · ${answered}`}
          </span>
          <Duration ms={duration_ms} />
        </div>
        {message !== undefined && <p className={classes.reason}>{tame(message, 2_000)}</p>}
        {service_message !== undefined && service_message !== message && (
          <p className={classes.service}>
            <span className={classes.muted}>{words.serviceMessage}</span> {tame(service_message, 2_000)}
          </p>
        )}
        {message === undefined && !isDelivered && code !== undefined && (
          <p className={classes.reason}>{codeWords[code]?.what ?? code}</p>
        )}
        {requests.map((record, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a list that only grows, of things without an id
          <Exchange key={index} record={record} number={index + 1} of={requests.length} />
        ))}
        {requests.length === 0 && <p className={classes.muted}>{words.noRequests}</p>}
        {reference !== undefined && (
          <p className={classes.reference}>
            <span className={classes.muted}>{words.facts.reference}</span> <Reference reference={reference} />
          </p>
        )}
      </Item>
    </>
  );
}

/** What was created at the target: its id, and the way there where the target named one. */
export function Reference({ reference }: { reference: NonNullable<Attempt['reference']> }) {
  const url = webUrl(reference.url);
  const id = <code>{tame(reference.id)}</code>;
  if (url === undefined) return id;
  return (
    <Anchor href={url} target="_blank" rel="noopener noreferrer" title={words.openReference} inherit>
      {id} <Icon name="external" size={12} />
    </Anchor>
  );
}

interface ItemProps {
  readonly icon: IconName;
  readonly tone: 'success' | 'failure' | 'accent' | 'neutral' | 'warning';
  readonly children: ReactNode;
}

/** One point of the timeline. */
export function Item({ icon, tone, children }: ItemProps) {
  return (
    <li className={classes.item} data-tone={tone}>
      <span className={classes.dot}>
        <Icon name={icon} size={12} />
      </span>
      <div className={classes.itemBody}>{children}</div>
    </li>
  );
}

function Wait({ children }: { children: ReactNode }) {
  return (
    <li className={classes.wait}>
      <span className={classes.itemBody}>{children}</span>
    </li>
  );
}
