import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { confirm } from '../../../ui/dialogs.tsx';
import { useFocusAfter } from '../../../ui/focus-after.ts';
import { Icon } from '../../../ui/icons.tsx';
import { test as words } from '../../../words/test.ts';
import type { Bench } from './use-bench.ts';

/** Performs the action; asks first where that cannot be undone. */
export function RunButton({ bench, children }: { bench: Bench; children: ReactNode }) {
  const button = useFocusAfter(bench.isRunning);
  return (
    <Button
      ref={button}
      leftSection={<Icon name="play" size={14} />}
      loading={bench.isRunning}
      disabled={bench.isBlocked}
      data-test-subj="executeActionButton"
      onClick={() => void performAsked(bench)}
    >
      {children}
    </Button>
  );
}

/** Tries address and credentials; not there for types that have no way to do so. */
export function CheckButton({ bench }: { bench: Bench }) {
  const button = useFocusAfter(bench.isChecking);
  if (!bench.type.has_check) return null;
  return (
    <Button
      ref={button}
      variant="default"
      loading={bench.isChecking}
      disabled={bench.isBlocked}
      leftSection={<Icon name="check" size={14} />}
      onClick={bench.check}
    >
      {words.check}
    </Button>
  );
}

/** {@link Bench.perform}, after a question where the action is destructive. */
export async function performAsked({ action, isBlocked, perform }: Bench): Promise<void> {
  if (action.isDestructive && !isBlocked) {
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
