import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { firstRunWords } from '../../../words/first-run.ts';
import { note } from './progress.ts';

/** The third step: the execution of the message; all executions where it was sent from another page. */
export function LookAction({ executionId }: { executionId: string | undefined }) {
  const finish = () => note({ isOver: true });
  return (
    <Button
      renderRoot={(props) =>
        executionId === undefined ? (
          <Link to="/executions" onClick={finish} {...props} />
        ) : (
          <Link to="/executions/$executionId" params={{ executionId }} onClick={finish} {...props} />
        )
      }
    >
      {firstRunWords.look.open}
    </Button>
  );
}
