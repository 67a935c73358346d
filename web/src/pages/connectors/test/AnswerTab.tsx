import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { CodeBlock, prettyJson } from '../../../ui/CodeBlock.tsx';
import { Duration } from '../../../ui/Duration.tsx';
import { tame } from '../../../ui/format.ts';
import { RelativeTime } from '../../../ui/RelativeTime.tsx';
import { test as words } from '../../../words/test.ts';
import classes from './bench.module.css';
import { retryWords } from './OutcomeNotice.tsx';
import type { Outcome } from './use-bench.ts';

/** What came back: status, time, whether to try again, headers and body, and the whole result to copy. */
export function AnswerTab({ outcome }: { outcome?: Outcome }) {
  if (outcome === undefined) {
    return (
      <p className={classes.lead} data-test-subj="executionAwaiting">
        {words.awaiting}
      </p>
    );
  }
  const { answer, ms, at } = outcome;
  const { response, execution_id: executionId, reference } = answer;
  const headers = Object.entries(response?.headers ?? {});
  return (
    <>
      <dl className={classes.facts}>
        <Fact name={words.status}>{response?.status ?? words.noAnswer}</Fact>
        <Fact name={words.duration}>
          <Duration ms={ms} />
        </Fact>
        <Fact name={words.at}>
          <RelativeTime at={at} />
        </Fact>
        {retryWords(answer.retry) !== '' && <Fact name={words.retry}>{retryWords(answer.retry)}</Fact>}
        {reference !== undefined && (
          <Fact name={words.created}>
            {isWebAddress(reference.url) ? (
              <Anchor href={reference.url} target="_blank" rel="noreferrer">
                {tame(reference.id)}
              </Anchor>
            ) : (
              tame(reference.id)
            )}
          </Fact>
        )}
        {outcome.kind === 'run' && outcome.isStored && executionId !== undefined && (
          <Fact name={words.execution}>
            <Anchor renderRoot={(props) => <Link to="/executions/$executionId" params={{ executionId }} {...props} />}>
              {words.openExecution}
            </Anchor>
          </Fact>
        )}
      </dl>
      {headers.length > 0 && (
        <dl className={classes.headers} aria-label={words.answerHeaders}>
          {headers.map(([name, value]) => (
            <div key={name}>
              <dt>{tame(name)}</dt>
              <dd>{tame(value, 1_000)}</dd>
            </div>
          ))}
        </dl>
      )}
      {response?.body !== undefined && response.body !== '' && (
        <CodeBlock showLabel label={words.answerBody} code={prettyJson(response.body)} wrap />
      )}
      <CodeBlock showLabel label={words.result} code={prettyJson(answer)} wrap testSubj="executionResultCodeBlock" />
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A vendor answers it, so it may be anything; only what a browser opens as a page becomes a link. */
function isWebAddress(url: string | undefined): url is string {
  return url !== undefined && /^https?:\/\//i.test(url);
}
