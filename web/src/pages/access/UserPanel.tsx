import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { type User, usersQuery } from '../../api/access.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Failure } from '../../ui/Failure.tsx';
import { tame } from '../../ui/format.ts';
import { Panel } from '../../ui/Panel.tsx';
import { access } from '../../words/access.ts';
import { UserForm } from './UserForm.tsx';

/** Adds a user. */
export function NewUserPanel() {
  return <UserForm title={access.userAdd} />;
}

/** Changes or removes a user. */
export function UserPanel() {
  const { username } = useParams({ from: '/console/access/users/$username' });
  const navigate = useNavigate();
  const users = useQuery(usersQuery);
  const user: User | undefined = users.data?.find((one) => one.username === username);
  const name = tame(username, 100);
  // Keyed: the fields begin with the user's values.
  if (user !== undefined) return <UserForm key={username} title={access.userTitle(name)} user={user} />;
  return (
    <Panel title={access.userTitle(name)} onClose={() => void navigate({ to: '/access' })}>
      {users.isError && <Failure title={access.usersFailed} error={users.error} onRetry={() => void users.refetch()} />}
      {users.isSuccess && (
        <EmptyState icon="help" title={access.userMissing(name)}>
          {access.userMissingText}
        </EmptyState>
      )}
    </Panel>
  );
}
