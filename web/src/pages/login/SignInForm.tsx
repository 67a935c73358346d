import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { Problem } from '../../api/client.ts';
import { signIn } from '../../api/session.ts';
import { reasonOf } from '../../ui/Failure.tsx';
import { login } from '../../words/login.ts';
import classes from './login.module.css';

type Field = 'username' | 'password';

/** User name and password; every refusal stands below the field that it is about, which gets the focus. */
export function SignInForm({ onDone }: { onDone: () => void }) {
  const username = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<{ field: Field; text: string } | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);

  function refuse(field: Field, text: string) {
    setProblem({ field, text });
    (field === 'username' ? username : password).current?.focus();
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    // Enter pressed twice is one sign-in. The button stays enabled: a disabled one loses the focus.
    if (isBusy) return;
    // Read from the fields: a password manager may fill them without an event.
    const name = username.current!.value;
    const word = password.current!.value;
    if (name === '') return refuse('username', login.noUsername);
    if (word === '') return refuse('password', login.noPassword);
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(name, word);
      onDone();
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) return refuse('password', reasonOf(error));
      password.current!.value = '';
      refuse('password', login.wrong);
    } finally {
      setBusy(false);
    }
  }

  const errorAt = (field: Field) => (problem?.field === field ? problem.text : undefined);
  return (
    // "post": should the script fail, the password must not end up in the address.
    <form method="post" onSubmit={submit} noValidate className={classes.form} aria-busy={isBusy}>
      <TextInput
        ref={username}
        id="username"
        name="username"
        label={login.username}
        error={errorAt('username')}
        errorProps={{ role: 'alert' }}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={1_000}
        autoFocus
        data-autofocus
      />
      <PasswordInput
        ref={password}
        id="password"
        name="password"
        label={login.password}
        error={errorAt('password')}
        errorProps={{ role: 'alert' }}
        autoComplete="current-password"
        visibilityToggleButtonProps={{ 'aria-label': login.showPassword }}
        maxLength={1_000}
      />
      <Button type="submit" fullWidth aria-busy={isBusy}>
        {login.signIn}
      </Button>
    </form>
  );
}
