import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CONNECTORS_KEY } from '../../../api/connectors.ts';
import { createLogConnector, createPracticeConnector, practiceTargetQuery } from '../../../api/first-run.ts';
import { Failure } from '../../../ui/Failure.tsx';
import { firstRunWords } from '../../../words/first-run.ts';
import { note } from './progress.ts';
import { Step } from './Step.tsx';

const words = firstRunWords.create;

/** The first step: one click for a connector to try things with, or the way to a real one. */
export function CreateActions() {
  const client = useQueryClient();
  const offer = useQuery(practiceTargetQuery);
  const hasTarget = offer.data === true;
  const create = useMutation({
    mutationFn: () => (hasTarget ? createPracticeConnector() : createLogConnector()),
    async onSuccess(connectorId) {
      note({ connectorId });
      await client.invalidateQueries({ queryKey: CONNECTORS_KEY });
    },
  });

  return (
    <Step
      number={1}
      state="next"
      name={words.title}
      text={hasTarget || offer.isPending ? words.text : words.textLog}
      actions={
        <>
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/connectors/new" data-test-subj="createFirstActionButton" {...props} />}
          >
            {words.own}
          </Button>
          {/* Not before it is known which of the two it is: a button must not change its meaning under the pointer. */}
          <Button disabled={offer.isPending} loading={create.isPending} onClick={() => create.mutate()}>
            {hasTarget || offer.isPending ? words.simulator : words.log}
          </Button>
        </>
      }
    >
      {create.isError && <Failure title={words.failed} error={create.error} />}
    </Step>
  );
}
