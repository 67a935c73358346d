import { Button, FileButton, Input } from '@mantine/core';
import { useState } from 'react';
import { formatBytes, tame } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { form as words } from '../../../words/form.ts';
import { useControl } from './context.ts';
import classes from './controls.module.css';
import type { TextField } from './fields.ts';
import type { ControlProps } from './TextControl.tsx';
import { isUnset } from './values.ts';

const SIZE_MAX = 1_000_000;

/** A file whose content is the value, as base64. */
export function FileControl({ field, path, value, onChange }: ControlProps<TextField>) {
  const { id, problem, isReadOnly } = useControl(path);
  const [file, setFile] = useState<{ name: string; content: string }>();
  const [refusal, setRefusal] = useState<string>();
  const isSet = !isUnset(value);

  async function read(chosen: File | null) {
    if (chosen === null) return;
    if (chosen.size > SIZE_MAX) return setRefusal(words.fileTooLarge);
    setRefusal(undefined);
    const content = toBase64(new Uint8Array(await chosen.arrayBuffer()));
    setFile({ name: chosen.name, content });
    onChange(content);
  }

  const size = isSet ? formatBytes(Math.floor((String(value).length * 3) / 4)) : '';
  return (
    <Input.Wrapper
      label={field.label}
      labelElement="div"
      description={field.help}
      error={refusal ?? problem}
      errorProps={{ id: `${id}-problem` }}
      withAsterisk={field.isRequired && !isReadOnly}
    >
      <div className={classes.buttons}>
        {!isReadOnly && (
          <FileButton onChange={read}>
            {(props) => (
              <Button
                {...props}
                id={id}
                aria-describedby={(refusal ?? problem) && `${id}-problem`}
                variant="default"
                size="xs"
                leftSection={<Icon name="upload" size={14} />}
              >
                {isSet ? words.replaceFile : words.chooseFile}
              </Button>
            )}
          </FileButton>
        )}
        {isSet && (
          <span className={classes.help}>
            {file?.content === value ? words.namedFile(tame(file?.name ?? '', 60), size) : words.file(size)}
          </span>
        )}
        {isSet && !isReadOnly && (
          <Button
            variant="subtle"
            size="xs"
            aria-label={words.removeSecret(field.label)}
            onClick={() => {
              setRefusal(undefined);
              onChange(undefined);
            }}
          >
            {words.remove}
          </Button>
        )}
      </div>
    </Input.Wrapper>
  );
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
