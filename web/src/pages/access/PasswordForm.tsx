import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { Problem } from '../../api/client.ts';
import { changePassword } from '../../api/session.ts';
import { Failure, reasonOf } from '../../ui/Failure.tsx';
import { toast } from '../../ui/toast.tsx';
import { useUnsavedGuard } from '../../ui/unsaved.ts';
import { profile as words } from '../../words/profile.ts';
import classes from './access.module.css';

const EMPTY = { current: '', next: '' } as const;
type Fields = Readonly<Record<keyof typeof EMPTY, string>>;
interface Mistake {
  readonly field: keyof Fields;
  readonly text: string;
}

const PASSWORD_MIN = 8;

function mistakeIn({ current, next }: Fields): Mistake | undefined {
  if (current === '') return { field: 'current', text: words.noCurrent };
  if (next.length < PASSWORD_MIN) return { field: 'next', text: words.short };
  if (next === current) return { field: 'next', text: words.same };
  return undefined;
}

/** A new password of one's own; the current one is asked for. */
export function PasswordForm({ username }: { username: string }) {
  const [fields, setFields] = useState<Fields>(EMPTY);
  const [mistake, setMistake] = useState<Mistake | undefined>(undefined);
  const inputs = { current: useRef<HTMLInputElement>(null), next: useRef<HTMLInputElement>(null) };
  useUnsavedGuard(fields.current !== '' || fields.next !== '');

  function show(found: Mistake) {
    setMistake(found);
    inputs[found.field].current?.focus();
  }

  const change = useMutation({
    mutationFn: () => changePassword({ current_password: fields.current, new_password: fields.next }),
    onSuccess() {
      setFields(EMPTY);
      toast.success(words.changed);
    },
    onError(error) {
      if (!isWrong(error)) return;
      setFields({ ...fields, current: '' });
      show({ field: 'current', text: reasonOf(error) });
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (change.isPending) return;
    const found = mistakeIn(fields);
    if (found !== undefined) return show(found);
    setMistake(undefined);
    change.mutate();
  }

  const field = (name: keyof Fields) => ({
    ref: inputs[name],
    value: fields[name],
    error: mistake?.field === name ? mistake.text : undefined,
    errorProps: { role: 'alert' },
    onChange: (event: { currentTarget: HTMLInputElement }) =>
      setFields({ ...fields, [name]: event.currentTarget.value }),
    visibilityToggleButtonProps: { 'aria-label': words.show },
    maxLength: 1_000,
    required: true,
  });
  return (
    // "post": should the script fail, the passwords must not end up in the address.
    <form method="post" onSubmit={submit} noValidate className={classes.form} aria-label={words.change}>
      {change.isError && !isWrong(change.error) && <Failure title={words.changeFailed} error={change.error} />}
      {/* So that a password manager knows whose password changes. */}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <PasswordInput label={words.current} name="current" autoComplete="current-password" {...field('current')} />
      <PasswordInput
        label={words.next}
        description={words.nextHelp}
        name="new"
        autoComplete="new-password"
        {...field('next')}
      />
      <div>
        <Button type="submit" loading={change.isPending}>
          {words.change}
        </Button>
      </div>
    </form>
  );
}

/** The current password, that is. */
function isWrong(error: Error): boolean {
  return error instanceof Problem && error.status === 403;
}
