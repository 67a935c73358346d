import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Problem } from '../api/client.ts';
import { ui } from '../words/ui.ts';
import { tame } from './format.ts';
import { Notice } from './Notice.tsx';

/** The reason of an error as a sentence for people. */
export function reasonOf(error: unknown): string {
  return error instanceof Problem ? tame(error.message, 1_000) : ui.unknownError;
}

interface FailureProps {
  /** What did not work, e.g. "The connectors could not be loaded". */
  readonly title: string;
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** More ways on, beside "Try again". */
  readonly actions?: ReactNode;
}

/** Says that something did not work, why, and offers to try again. */
export function Failure({ title, error, onRetry, actions }: FailureProps) {
  return (
    <Notice
      tone="failure"
      title={title}
      role="alert"
      actions={
        (onRetry !== undefined || actions !== undefined) && (
          <>
            {onRetry !== undefined && (
              <Button variant="default" onClick={onRetry}>
                {ui.tryAgain}
              </Button>
            )}
            {actions}
          </>
        )
      }
    >
      {reasonOf(error)}
    </Notice>
  );
}
