import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CONNECTORS_KEY, type ListedConnector } from '../../../api/connectors.ts';
import { sendFirstMessage } from '../../../api/first-run.ts';
import { Failure } from '../../../ui/Failure.tsx';
import { tame } from '../../../ui/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { firstRunWords } from '../../../words/first-run.ts';
import { note } from './progress.ts';
import { Step } from './Step.tsx';

const words = firstRunWords.test;

interface SendActionsProps {
  readonly connector: ListedConnector;
  /** Made by the first step, so what it takes is known; any other is tested on its own page. */
  readonly isKnown: boolean;
}

/** The second step: one click that sends a message. */
export function SendActions({ connector, isKnown }: SendActionsProps) {
  const client = useQueryClient();
  const send = useMutation({
    mutationFn: () => sendFirstMessage(connector),
    async onSuccess(result) {
      if (result.status === 'ok') note({ executionId: result.execution_id });
      await client.invalidateQueries({ queryKey: CONNECTORS_KEY });
    },
  });
  const toTest = { to: '/connectors/$connectorId/test', params: { connectorId: connector.id } } as const;
  const toConfig = { to: '/connectors/$connectorId/config', params: { connectorId: connector.id } } as const;
  const refused = send.data?.status === 'error' ? send.data : undefined;

  return (
    <Step
      number={2}
      state="next"
      name={words.title}
      text={isKnown ? words.text : words.textOwn}
      actions={
        isKnown ? (
          <Button loading={send.isPending} onClick={() => send.mutate()}>
            {words.send}
          </Button>
        ) : (
          <Button renderRoot={(props) => <Link {...toTest} {...props} />}>{words.open}</Button>
        )
      }
    >
      {send.isError && <Failure title={words.failed} error={send.error} />}
      {refused !== undefined && (
        <Notice
          tone="failure"
          role="alert"
          title={words.failed}
          actions={
            <Button variant="default" renderRoot={(props) => <Link {...toConfig} {...props} />}>
              {words.fix}
            </Button>
          }
        >
          {tame([refused.message, refused.service_message].filter(Boolean).join(': '), 1_000)}
        </Notice>
      )}
    </Step>
  );
}
