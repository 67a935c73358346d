import { Modal } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useDialogOnTop } from '../ui/dialogs.tsx';
import { shell } from '../words/shell.ts';
import { isSessionOver } from './session-end.ts';

const SignInForm = lazy(() =>
  import('../pages/login/SignInForm.tsx').then((module) => ({ default: module.SignInForm })),
);

/** Asks to sign in again over a page that holds something unsaved. */
export function SessionEnd() {
  return isSessionOver.use() ? <SignInAgain /> : null;
}

function SignInAgain() {
  const client = useQueryClient();
  useDialogOnTop();
  return (
    <Modal
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      title={shell.endedTitle}
      zIndex={450}
    >
      <p style={{ marginTop: 0 }}>{shell.endedText}</p>
      <Suspense>
        <SignInForm
          onDone={() => {
            isSessionOver.set(false);
            void client.invalidateQueries();
          }}
        />
      </Suspense>
    </Modal>
  );
}
