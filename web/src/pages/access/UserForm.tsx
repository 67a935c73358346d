import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useId, useRef, useState } from 'react';
import { type User, useAddUser, useChangeUser, useRemoveUser } from '../../api/access.ts';
import { confirm } from '../../ui/dialogs.tsx';
import { Failure, reasonOf } from '../../ui/Failure.tsx';
import { tame } from '../../ui/format.ts';
import { Notice } from '../../ui/Notice.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { toast } from '../../ui/toast.tsx';
import { useUnsavedGuard } from '../../ui/unsaved.ts';
import { access } from '../../words/access.ts';
import classes from './access.module.css';
import { RolesField } from './RolesField.tsx';

interface Fields {
  readonly username: string;
  readonly fullName: string;
  readonly email: string;
  readonly password: string;
  readonly roles: readonly string[];
}

type Problems = Partial<Record<keyof Fields, string>>;

const PASSWORD_MIN = 8;

function problemsOf(fields: Fields, isNew: boolean): Problems {
  const problems: Problems = {};
  if (fields.username === '') problems.username = access.userNoName;
  else if (fields.username.includes(':') || fields.username.trim() !== fields.username)
    problems.username = access.userBadName;
  const isPasswordGiven = isNew || fields.password !== '';
  if (isPasswordGiven && fields.password.length < PASSWORD_MIN) problems.password = access.userShortPassword;
  if (fields.roles.length === 0) problems.roles = access.userNoRoles;
  return problems;
}

/** The panel of one user, new or not. */
export function UserForm({ title, user }: { title: string; user?: User }) {
  const initial: Fields = {
    username: user?.username ?? '',
    fullName: user?.full_name ?? '',
    email: user?.email ?? '',
    password: '',
    roles: user?.roles ?? ['actions_read'],
  };
  const [fields, setFields] = useState(initial);
  const [problems, setProblems] = useState<Problems>({});
  const form = useRef<HTMLFormElement>(null);
  const formId = useId();
  const navigate = useNavigate();
  const add = useAddUser();
  const change = useChangeUser(initial.username);
  const remove = useRemoveUser();
  const saving = user === undefined ? add : change;
  useUnsavedGuard(JSON.stringify(fields) !== JSON.stringify(initial));

  const set = (patch: Partial<Fields>) => setFields({ ...fields, ...patch });
  const close = (ignoreBlocker = false) => void navigate({ to: '/access', ignoreBlocker });

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (saving.isPending) return;
    const found = problemsOf(fields, user === undefined);
    setProblems(found);
    if (Object.keys(found).length > 0) {
      // After the fields are marked.
      setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true], [data-error] input')?.focus());
      return;
    }
    const input = {
      full_name: fields.fullName === '' ? null : fields.fullName,
      email: fields.email === '' ? null : fields.email,
      roles: fields.roles,
      ...(fields.password === '' ? {} : { password: fields.password }),
    };
    const done = { onSuccess: () => finish(user === undefined ? access.userAdded : access.userChanged) };
    if (user === undefined) add.mutate({ ...input, username: fields.username }, done);
    else change.mutate(input, done);
  }

  function finish(words: (name: string) => string) {
    toast.success(words(tame(fields.username, 100)));
    close(true);
  }

  async function askAndRemove() {
    const name = tame(initial.username, 100);
    const isSure = await confirm({
      title: access.userRemoveTitle(name),
      text: access.userRemoveText,
      confirm: access.userRemove,
      danger: true,
    });
    if (!isSure) return;
    remove.mutate(initial.username, {
      onSuccess: () => finish(access.userRemoved),
      onError: (error) => toast.failure(access.userRemoveFailed(name) + reasonOf(error)),
    });
  }

  const isFromSettings = user?.managed_by_settings === true;
  return (
    <Panel
      title={title}
      onClose={close}
      footer={
        <>
          {user !== undefined && !isFromSettings && (
            <Button variant="subtle" color="red" mr="auto" onClick={() => void askAndRemove()}>
              {access.userRemove}
            </Button>
          )}
          <Button type="submit" form={formId} loading={saving.isPending}>
            {user === undefined ? access.userAdd : access.userSave}
          </Button>
        </>
      }
    >
      <form ref={form} id={formId} onSubmit={submit} noValidate className={classes.form}>
        {saving.isError && <Failure title={access.userSaveFailed} error={saving.error} />}
        {isFromSettings && <Notice>{access.userFromSettings}</Notice>}
        {user === undefined && (
          <TextInput
            label={access.username}
            value={fields.username}
            onChange={(event) => set({ username: event.currentTarget.value })}
            error={problems.username}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={255}
            required
            data-autofocus
          />
        )}
        <TextInput
          label={access.userFullName}
          value={fields.fullName}
          onChange={(event) => set({ fullName: event.currentTarget.value })}
          autoComplete="off"
          maxLength={255}
        />
        <TextInput
          label={access.userEmail}
          type="email"
          value={fields.email}
          onChange={(event) => set({ email: event.currentTarget.value })}
          autoComplete="off"
          maxLength={255}
        />
        {!isFromSettings && (
          <PasswordInput
            label={user === undefined ? access.userPassword : access.userPasswordNew}
            description={user === undefined ? access.userPasswordHelp : access.userPasswordKeep}
            value={fields.password}
            onChange={(event) => set({ password: event.currentTarget.value })}
            error={problems.password}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': access.userShowPassword }}
            maxLength={1_000}
            required={user === undefined}
          />
        )}
        <RolesField value={fields.roles} onChange={(roles) => set({ roles })} error={problems.roles} />
        {user !== undefined && <p className="muted">{access.userSessions}</p>}
      </form>
    </Panel>
  );
}
