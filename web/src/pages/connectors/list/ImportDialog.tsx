import { Button, Modal, Radio, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { CONNECTORS_KEY } from '../../../api/connectors.ts';
import { type ConflictMode, type ImportAnswer, importConnectors } from '../../../api/saved-objects.ts';
import { useDialogOnTop } from '../../../ui/dialogs.tsx';
import { Failure } from '../../../ui/Failure.tsx';
import { Notice } from '../../../ui/Notice.tsx';
import { listWords } from '../../../words/list.ts';
import { ContentsList } from './ContentsList.tsx';
import { DropZone } from './DropZone.tsx';
import classes from './Import.module.css';
import { ImportReport } from './ImportReport.tsx';
import { type ImportFile, readImportFile } from './import-file.ts';
import { toReport } from './import-report.ts';

const words = listWords.importing;
const MODES: readonly ConflictMode[] = ['stop', 'overwrite', 'copies'];

interface ImportDialogProps {
  /** One that was dropped on the list; without it the dialog asks for one. */
  readonly initial: ImportFile | undefined;
  readonly onClose: () => void;
}

/** Import in place: a file, what is in it, what to do with what exists, and what became of each object. */
export function ImportDialog({ initial, onClose }: ImportDialogProps) {
  const client = useQueryClient();
  const [source, setSource] = useState(initial);
  const [mode, setMode] = useState<ConflictMode>('stop');
  // Apart from the mutation, whose data would be gone while a second try runs.
  const [answer, setAnswer] = useState<ImportAnswer>();
  useDialogOnTop();
  const run = useMutation({
    mutationFn: ({ file, how }: { file: File; how: ConflictMode }) => importConnectors(file, how),
    onSuccess: setAnswer,
    // Also after a failure: it may have come after some were written.
    onSettled: () => client.invalidateQueries({ queryKey: CONNECTORS_KEY }),
  });

  async function take(file: File) {
    run.reset();
    setSource(await readImportFile(file));
  }
  const start = (how: ConflictMode) => source !== undefined && run.mutate({ file: source.file, how });
  const isReadable = source !== undefined && source.problem === undefined;
  const report = answer && toReport(answer, source?.objects ?? []);

  return (
    <Modal
      opened
      onClose={onClose}
      title={words.title}
      size="lg"
      closeButtonProps={{ 'aria-label': words.close }}
      data-test-subj="importConnectors"
    >
      <Stack gap="md">
        {report === undefined ? (
          <>
            <p className={classes.lead}>{words.lead}</p>
            <DropZone file={source?.file} onFile={take} isBusy={run.isPending} />
            {source?.problem !== undefined && <Notice tone="failure" title={source.problem} role="alert" />}
            {isReadable && (
              <>
                <ContentsList objects={source.objects} />
                <ModeChoice mode={mode} onChange={setMode} isDisabled={run.isPending} />
              </>
            )}
          </>
        ) : (
          <ImportReport report={report} onClose={onClose} />
        )}
        {run.isError && <Failure title={words.failed} error={run.error} />}
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            {report === undefined ? words.cancel : words.close}
          </Button>
          {report?.hasConflicts && (
            <>
              <Button variant="default" disabled={run.isPending} onClick={() => start('copies')}>
                {words.copyAll}
              </Button>
              <Button color="red" loading={run.isPending} onClick={() => start('overwrite')}>
                {words.overwriteAll}
              </Button>
            </>
          )}
          {report === undefined && isReadable && (
            <Button loading={run.isPending} onClick={() => start(mode)} data-test-subj="importConnectorsConfirm">
              {words.start}
            </Button>
          )}
        </div>
      </Stack>
    </Modal>
  );
}

interface ModeChoiceProps {
  readonly mode: ConflictMode;
  readonly onChange: (mode: ConflictMode) => void;
  readonly isDisabled: boolean;
}

function ModeChoice({ mode, onChange, isDisabled }: ModeChoiceProps) {
  return (
    <Radio.Group
      label={words.conflicts}
      value={mode}
      onChange={(value) => onChange(MODES.find((one) => one === value) ?? 'stop')}
    >
      <Stack gap="xs" mt="xs">
        {MODES.map((one) => (
          <Radio key={one} size="xs" value={one} label={words.modes[one]} disabled={isDisabled} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
