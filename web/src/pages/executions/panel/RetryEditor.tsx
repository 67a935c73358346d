import { Button, Textarea } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { ExecutionDetail } from '../../../api/executions.ts';
import { prettyJson } from '../../../ui/CodeBlock.tsx';
import { Failure } from '../../../ui/Failure.tsx';
import { useUnsavedGuard } from '../../../ui/unsaved.ts';
import { executionWords } from '../../../words/execution.ts';
import { useRetry } from './Actions.tsx';
import classes from './panel.module.css';

const words = executionWords.editor;

/** The parameters that an execution was sent with, to be changed and sent as a new one. */
export function RetryEditor({ execution, onClose }: { execution: ExecutionDetail; onClose: () => void }) {
  const original = prettyJson(execution.params);
  const [text, setText] = useState(original);
  const [problem, setProblem] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);
  const retry = useRetry(execution.execution_id);
  useUnsavedGuard(text !== original);
  useEffect(() => field.current?.focus(), []);

  const send = (event: FormEvent) => {
    event.preventDefault();
    const read = readParams(text);
    setProblem(read.problem);
    if (read.problem === undefined) retry.mutate({ params: read.params });
    else field.current?.focus();
  };

  return (
    <form className={classes.editor} aria-label={words.title} onSubmit={send}>
      <Textarea
        ref={field}
        label={words.label}
        description={words.hint}
        error={problem}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autosize
        minRows={6}
        maxRows={20}
        spellCheck={false}
        classNames={{ input: classes.editorInput, description: classes.editorHint }}
      />
      {retry.isError && <Failure title={executionWords.retryFailed} error={retry.error} />}
      <div className={classes.actions}>
        <Button type="submit" loading={retry.isPending}>
          {words.send}
        </Button>
        <Button variant="default" onClick={() => setText(original)} disabled={text === original}>
          {words.reset}
        </Button>
        <Button variant="subtle" onClick={onClose}>
          {words.back}
        </Button>
      </div>
    </form>
  );
}

function readParams(text: string): { params?: object; problem?: string } {
  try {
    const params: unknown = JSON.parse(text);
    const isObject = typeof params === 'object' && params !== null && !Array.isArray(params);
    return isObject ? { params } : { problem: words.notObject };
  } catch (error) {
    return { problem: words.notJson(error instanceof Error ? error.message : String(error)) };
  }
}
