import { Anchor, Button, Textarea } from '@mantine/core';
import { useRef, useState } from 'react';
import { tame } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { form as words } from '../../../words/form.ts';
import classes from './controls.module.css';
import type { JsonField, TextField } from './fields.ts';
import { type ControlProps, useInputProps } from './TextControl.tsx';
import { isUnset, Unfinished } from './values.ts';

/** A text that is meant to be JSON. It is sent as it stands, so what is no JSON is a hint and not a problem. */
export function JsonTextControl(props: ControlProps<TextField>) {
  const { field, value, onChange } = props;
  const text = typeof value === 'string' ? value : '';
  const parsed = parse(text);
  return (
    <JsonEditor
      {...props}
      text={text}
      onText={onChange}
      pretty={parsed instanceof Unfinished ? undefined : parsed}
      // Templates are filled in later and seldom parse before.
      hint={parsed instanceof Unfinished && !text.includes('{{') ? parsed.problem : undefined}
      tool={field.tool}
    />
  );
}

/** A value of any shape, typed as JSON. */
export function JsonControl(props: ControlProps<JsonField>) {
  const { value, onChange } = props;
  const [text, setText] = useState(() => textOf(value));
  const sent = useRef(value);
  if (value !== sent.current) {
    // Changed from outside, e.g. by taking the sample again.
    sent.current = value;
    setText(textOf(value));
  }
  const parsed = parse(text);

  function change(next: string) {
    setText(next);
    sent.current = parse(next);
    onChange(sent.current);
  }
  return (
    <JsonEditor {...props} text={text} onText={change} pretty={parsed instanceof Unfinished ? undefined : parsed} />
  );
}

interface JsonEditorProps extends ControlProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  /** What the text says; undefined while it says nothing. */
  readonly pretty: unknown;
  readonly hint?: string;
  readonly tool?: TextField['tool'];
}

function JsonEditor({ text, onText, pretty, hint, tool, ...props }: JsonEditorProps) {
  const common = useInputProps(props);
  const formatted = pretty === undefined ? text : JSON.stringify(pretty, undefined, 2);
  const hasTool = tool !== undefined && text !== '';
  return (
    <div>
      <Textarea
        {...common}
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
        autosize
        minRows={3}
        maxRows={16}
        spellCheck={false}
        autoComplete="off"
        classNames={{ input: classes.code }}
      />
      {(hint !== undefined || formatted !== text || hasTool) && !common.readOnly && (
        <div className={classes.buttons}>
          {formatted !== text && (
            <Button size="compact-xs" variant="subtle" onClick={() => onText(formatted)}>
              {words.formatJson}
            </Button>
          )}
          {hint !== undefined && <span className={classes.help}>{hint}</span>}
          {hasTool && (
            <Anchor
              // A fragment stays in the browser until somebody follows the link.
              href={`${tool.url}#${encodeURIComponent(text.toWellFormed())}`}
              target="_blank"
              rel="noreferrer"
              className={classes.tool}
            >
              {tame(tool.label)} <Icon name="external" size={12} />
            </Anchor>
          )}
        </div>
      )}
    </div>
  );
}

/** @returns undefined for nothing, {@link Unfinished} for what is no JSON */
function parse(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    return new Unfinished(text, words.notJson(error instanceof Error ? error.message : ''));
  }
}

function textOf(value: unknown): string {
  if (value instanceof Unfinished) return value.text;
  return isUnset(value) && !isContainer(value) ? '' : JSON.stringify(value, undefined, 2);
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
