import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { confirm } from '../../../ui/dialogs.tsx';
import { Icon } from '../../../ui/icons.tsx';
import { test as words } from '../../../words/test.ts';
import type { Bench } from './use-bench.ts';

/** Performs the action; asks first where that cannot be undone. */
export function RunButton({ bench, children }: { bench: Bench; children: ReactNode }) {
  return (
    <Button
      leftSection={<Icon name="play" size={14} />}
      loading={bench.isRunning}
      data-test-subj="executeActionButton"
      onClick={() => void performAsked(bench)}
    >
      {children}
    </Button>
  );
}

/** {@link Bench.perform}, after a question where the action is destructive. */
export async function performAsked({ action, perform }: Bench): Promise<void> {
  if (action.isDestructive) {
    const isSure = await confirm({
      title: words.confirmTitle,
      text: words.confirmText(action.label),
      confirm: words.run,
      danger: true,
    });
    if (!isSure) return;
  }
  perform();
}
