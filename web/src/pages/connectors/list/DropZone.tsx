import { Button } from '@mantine/core';
import { useId, useRef } from 'react';
import { formatBytes, tame } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { listWords } from '../../../words/list.ts';
import classes from './Import.module.css';

const words = listWords.importing;

interface DropZoneProps {
  readonly file: File | undefined;
  readonly onFile: (file: File) => void;
  readonly isBusy: boolean;
}

/** Asks for a file; one may also be dropped anywhere on the page, see `useFileDrop`. */
export function DropZone({ file, onFile, isBusy }: DropZoneProps) {
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  return (
    <div className={classes.zone}>
      <Icon name="upload" size={20} />
      {file === undefined ? (
        <span>{words.drop}</span>
      ) : (
        <span className={classes.file}>
          <bdi>{tame(file.name, 80)}</bdi> <span className={classes.dim}>{formatBytes(file.size)}</span>
        </span>
      )}
      <Button variant="default" disabled={isBusy} onClick={() => input.current?.click()} data-autofocus>
        {file === undefined ? words.choose : words.chooseOther}
      </Button>
      <label htmlFor={id} className={classes.hidden}>
        {words.file}
        <input
          ref={input}
          id={id}
          type="file"
          accept=".ndjson"
          tabIndex={-1}
          onChange={(event) => {
            const chosen = event.currentTarget.files?.[0];
            if (chosen !== undefined) onFile(chosen);
            // The same file may be chosen again after it was changed.
            event.currentTarget.value = '';
          }}
        />
      </label>
    </div>
  );
}
