import { CloseButton } from '@mantine/core';
import { useEffect } from 'react';
import type { ListedConnector } from '../../../api/connectors.ts';
import { useMay } from '../../../api/session.ts';
import { tame } from '../../../ui/format.ts';
import { firstRunWords as words } from '../../../words/first-run.ts';
import { CreateActions } from './CreateActions.tsx';
import classes from './FirstRun.module.css';
import { LookAction } from './LookAction.tsx';
import { nextStep, note, useProgress } from './progress.ts';
import { SendActions } from './SendActions.tsx';
import { Step } from './Step.tsx';

const NAME_MAX = 60;

/** Whether the checklist has something to say to whoever looks at the list. */
export function useFirstRun(connectors: readonly ListedConnector[] | undefined): boolean {
  const progress = useProgress();
  const mayCreate = useMay('create');
  return mayCreate && connectors !== undefined && nextStep(connectors, progress) !== undefined;
}

/** The way from nothing to a delivered message, in three steps; draws nothing where {@link useFirstRun} says no. */
export function FirstRun({ connectors }: { connectors: readonly ListedConnector[] }) {
  const progress = useProgress();
  const next = nextStep(connectors, progress);
  const hasBegun = progress.hasBegun === true;
  useEffect(() => {
    if (next !== undefined && !hasBegun) note({ hasBegun: true });
  }, [next, hasBegun]);
  if (next === undefined) return null;

  const own = connectors.find(({ id }) => id === progress.connectorId);
  // Somebody may have created one, or sent a message, on a page of its own.
  const connector =
    own ?? connectors.find((one) => !one.is_preconfigured) ?? connectors.find((one) => one.last_execution != null);
  const name = connector === undefined ? '' : tame(connector.name, NAME_MAX);
  const order = ['create', 'test', 'look'] as const;
  const stateOf = (step: (typeof order)[number]) =>
    step === next ? 'next' : order.indexOf(step) < order.indexOf(next) ? 'done' : 'later';

  return (
    <section className={classes.box} aria-labelledby="first-run">
      <div className={classes.head}>
        <div>
          <h2 id="first-run" className={classes.title}>
            {next === 'create' ? words.title : words.titleLater}
          </h2>
          <p className={classes.lead}>{words.lead}</p>
        </div>
        <CloseButton aria-label={words.hide} title={words.hide} onClick={() => note({ isOver: true })} />
      </div>
      <ol className={classes.steps} aria-label={words.steps}>
        <CreateStep state={stateOf('create')} name={name} />
        {connector !== undefined && next === 'test' ? (
          <SendActions connector={connector} isKnown={own !== undefined} />
        ) : (
          <Step
            number={2}
            state={stateOf('test')}
            name={words.test.title}
            text={next === 'look' ? words.test.done(name) : words.test.text}
          />
        )}
        <Step
          number={3}
          state={stateOf('look')}
          name={words.look.title}
          text={words.look.text}
          actions={next === 'look' && <LookAction executionId={progress.executionId} />}
        />
      </ol>
    </section>
  );
}

function CreateStep({ state, name }: { state: 'done' | 'next' | 'later'; name: string }) {
  if (state === 'next') return <CreateActions />;
  return <Step number={1} state={state} name={words.create.title} text={words.create.done(name)} />;
}
