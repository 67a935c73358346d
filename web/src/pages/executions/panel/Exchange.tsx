import { UnstyledButton } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';
import type { RequestRecord } from '../../../api/executions.ts';
import { CodeBlock, prettyJson } from '../../../ui/CodeBlock.tsx';
import { Duration } from '../../../ui/Duration.tsx';
import { tame } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { executionWords as words } from '../../../words/execution.ts';
import classes from './panel.module.css';

interface ExchangeProps {
  readonly record: RequestRecord;
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

/** One request and its answer: a line, and both in full for whoever opens them. */
export function Exchange({ record, number, of }: ExchangeProps) {
  const { method, url, status, duration_ms, error } = record;
  return (
    <div className={classes.exchange}>
      <div className={classes.exchangeLine}>
        <code className={classes.url} title={tame(url, 2_000)}>
          <b>{tame(method, 20)}</b> {tame(url, 300)}
        </code>
        <span className={classes.exchangeEnd}>
          {of > 1 && (
            <>
              <span>{status ?? words.noAnswer}</span>
              <Duration ms={duration_ms} />
            </>
          )}
        </span>
      </div>
      {error !== undefined && <div className={classes.reason}>{tame(error, 1_000)}</div>}
      <Folds>
        <Fold label={words.requestOf(number, of)}>
          <Message headers={record.headers} body={record.body} label={words.requestOf(number, of)} />
        </Fold>
        {status !== undefined && (
          <Fold label={words.answerOf(number, of)}>
            <Message headers={record.response_headers} body={record.response_body} label={words.answerOf(number, of)} />
          </Fold>
        )}
      </Folds>
    </div>
  );
}

function Folds({ children }: { children: ReactNode }) {
  return <div className={classes.folds}>{children}</div>;
}

/** A word that opens what belongs to it, below. */
export function Fold({ label, children }: { label: string; children: ReactNode }) {
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  return (
    <>
      <UnstyledButton
        className={classes.foldButton}
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setIsOpen(!isOpen)}
      >
        <Icon name={isOpen ? 'down' : 'right'} size={12} />
        {label}
      </UnstyledButton>
      {isOpen && (
        <div id={id} className={classes.foldBody}>
          {children}
        </div>
      )}
    </>
  );
}

interface MessageProps {
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly body: string | undefined;
  readonly label: string;
}

function Message({ headers = {}, body, label }: MessageProps) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const bodyLabel = `${label}: ${words.body}`;
  return (
    <div className={classes.message}>
      {lines.length === 0 ? (
        <p className={classes.muted}>{words.noHeaders}</p>
      ) : (
        <CodeBlock code={lines.join('\n')} label={`${label}: ${words.headers}`} wrap maxHeight={160} />
      )}
      {body === undefined || body === '' ? (
        <p className={classes.muted}>{words.noBody}</p>
      ) : (
        <CodeBlock code={prettyJson(body)} label={bodyLabel} wrap maxHeight={320} />
      )}
    </div>
  );
}
