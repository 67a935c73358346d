import { Button, Modal, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { ui } from '../words/ui.ts';
import classes from './ConfirmDialog.module.css';
import { useDialogOnTop } from './dialogs.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  readonly children: ReactNode;
  /** What the button does, as a verb. */
  readonly confirm: string;
  readonly cancel?: string;
  /** Red button. */
  readonly danger?: boolean;
  /** To be typed before the button works. */
  readonly typed?: string;
  /** The action is under way: the button shows it and the dialog stays. */
  readonly isBusy?: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
  /** On the dialog, e.g. `deleteIdsConfirmation`. */
  readonly testSubj?: string;
}

/** A question over the page. Draw it while it is open. Escape and a click beside it cancel; the focus goes back after. */
export function ConfirmDialog({
  title,
  children,
  confirm,
  cancel = ui.cancel,
  danger = false,
  typed,
  isBusy = false,
  onConfirm,
  onCancel,
  testSubj,
}: ConfirmDialogProps) {
  const [word, setWord] = useState('');
  useDialogOnTop();
  const isReady = typed === undefined || word.trim() === typed;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isReady && !isBusy) onConfirm();
  }

  return (
    <Modal
      opened
      onClose={onCancel}
      title={title}
      zIndex={400}
      data-test-subj={testSubj}
      closeButtonProps={{ 'aria-label': ui.close }}
    >
      <form onSubmit={submit} className={classes.form}>
        <div className={classes.text}>{children}</div>
        {typed !== undefined && (
          <TextInput
            label={ui.typeToConfirm(typed)}
            value={word}
            onChange={(event) => setWord(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        <div className={classes.buttons}>
          <Button variant="default" onClick={onCancel} data-test-subj="confirmModalCancelButton">
            {cancel}
          </Button>
          <Button
            type="submit"
            color={danger ? 'red' : undefined}
            disabled={!isReady}
            loading={isBusy}
            data-autofocus={typed === undefined || undefined}
            data-test-subj="confirmModalConfirmButton"
          >
            {confirm}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
