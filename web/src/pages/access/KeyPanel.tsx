import { Button, Radio, Select, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useId, useRef, useState } from 'react';
import { type NewApiKey, useMakeApiKey } from '../../api/access.ts';
import { root } from '../../api/client.ts';
import { ROLES, useSession } from '../../api/session.ts';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { Failure } from '../../ui/Failure.tsx';
import { tame } from '../../ui/format.ts';
import { Notice } from '../../ui/Notice.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { useUnsavedGuard } from '../../ui/unsaved.ts';
import { access } from '../../words/access.ts';
import classes from './access.module.css';
import { RolesField } from './RolesField.tsx';

const DAYS = [1, 30, 90, 365] as const;
const NEVER = 'never';
const DAY_MS = 86_400_000;

/** The roles that one can hand on: one's own and those that allow less. */
function offeredRoles(own: readonly string[]): string[] {
  const rights = new Set(own.flatMap((role) => ROLES[role] ?? []));
  return Object.keys(ROLES).filter(
    (role) => own.includes(role) || (role !== 'superuser' && ROLES[role]!.every((right) => rights.has(right))),
  );
}

/** Creates an API key and shows it, once. */
export function KeyPanel() {
  const navigate = useNavigate();
  const make = useMakeApiKey();
  const close = () => void navigate({ to: '/access' });
  return make.isSuccess ? <MadeKey made={make.data} onClose={close} /> : <KeyForm make={make} onClose={close} />;
}

interface KeyFormProps {
  readonly make: ReturnType<typeof useMakeApiKey>;
  readonly onClose: () => void;
}

function KeyForm({ make, onClose }: KeyFormProps) {
  const [name, setName] = useState('');
  const [expiry, setExpiry] = useState<string>('90');
  const [isFewer, setFewer] = useState(false);
  const [roles, setRoles] = useState<readonly string[]>(['actions_read']);
  const [problem, setProblem] = useState<{ field: 'name' | 'roles'; text: string } | undefined>(undefined);
  const nameInput = useRef<HTMLInputElement>(null);
  const formId = useId();
  const { roles: own } = useSession();
  useUnsavedGuard(name !== '');

  function submit(event: FormEvent) {
    event.preventDefault();
    if (make.isPending) return;
    if (name.trim() === '') {
      setProblem({ field: 'name', text: access.keyNoName });
      nameInput.current?.focus();
      return;
    }
    if (isFewer && roles.length === 0) return setProblem({ field: 'roles', text: access.keyNoRoles });
    setProblem(undefined);
    make.mutate({
      name: name.trim(),
      ...(isFewer ? { roles } : {}),
      ...(expiry === NEVER ? {} : { expires_at: new Date(Date.now() + Number(expiry) * DAY_MS).toISOString() }),
    });
  }

  const errorOf = (field: 'name' | 'roles') => (problem?.field === field ? problem.text : undefined);
  return (
    <Panel
      title={access.keyMake}
      onClose={onClose}
      footer={
        <Button type="submit" form={formId} loading={make.isPending}>
          {access.keyMake}
        </Button>
      }
    >
      <form id={formId} onSubmit={submit} noValidate className={classes.form}>
        {make.isError && <Failure title={access.keyMakeFailed} error={make.error} />}
        <TextInput
          ref={nameInput}
          label={access.keyName}
          description={access.keyNameHelp}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={errorOf('name')}
          autoComplete="off"
          maxLength={255}
          required
          data-autofocus
        />
        <Select
          label={access.keyExpiry}
          value={expiry}
          onChange={(value) => setExpiry(value ?? NEVER)}
          allowDeselect={false}
          data={[
            ...DAYS.map((days) => ({ value: String(days), label: access.keyExpiryOf(days) })),
            { value: NEVER, label: access.keyNever },
          ]}
        />
        <Radio.Group
          label={access.keyRoles}
          value={isFewer ? 'fewer' : 'own'}
          onChange={(value) => setFewer(value === 'fewer')}
        >
          <div className={classes.choice} style={{ marginTop: 8 }}>
            <Radio value="own" label={access.keyRolesOwn} />
            <Radio value="fewer" label={access.keyRolesFewer} />
          </div>
        </Radio.Group>
        {isFewer && (
          <div className={classes.indented}>
            <RolesField
              label={access.keyRolesFewer}
              value={roles}
              onChange={setRoles}
              offered={offeredRoles(own)}
              error={errorOf('roles')}
            />
          </div>
        )}
      </form>
    </Panel>
  );
}

function MadeKey({ made, onClose }: { made: NewApiKey; onClose: () => void }) {
  const header = `Authorization: ApiKey ${made.encoded}`;
  return (
    <Panel
      title={access.keyDone(tame(made.name, 100))}
      onClose={onClose}
      footer={<Button onClick={onClose}>{access.keyClose}</Button>}
    >
      <div className={classes.choice}>
        <Notice tone="warning" role="status">
          {access.keyOnce}
        </Notice>
        <CodeBlock label={access.keyHeader} showLabel code={header} wrap />
        <CodeBlock
          label={access.keyTry}
          showLabel
          code={`curl -H '${header}' '${new URL('api/actions/connectors', root).href}'`}
          wrap
        />
      </div>
    </Panel>
  );
}
