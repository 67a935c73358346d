import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type User, usersQuery } from '../../api/access.ts';
import { useSession } from '../../api/session.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { Failure } from '../../ui/Failure.tsx';
import { tame } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { access } from '../../words/access.ts';
import classes from './access.module.css';
import { RoleBadges } from './RoleBadges.tsx';
import { Section } from './Section.tsx';

const COLUMNS: readonly Column<User>[] = [
  { id: 'username', title: access.username, render: (user) => <Name user={user} /> },
  { id: 'full_name', title: access.userFullName, from: 900, render: (user) => tame(user.full_name ?? '', 100) },
  { id: 'email', title: access.userEmail, from: 1_100, render: (user) => tame(user.email ?? '', 100) },
  { id: 'roles', title: access.roles, width: 200, from: 560, render: (user) => <RoleBadges roles={user.roles} /> },
  {
    id: 'updated_at',
    title: access.userUpdated,
    width: 140,
    from: 760,
    render: (user) => <RelativeTime at={user.updated_at} />,
  },
];

function Name({ user: { username, managed_by_settings: isFromSettings } }: { user: User }) {
  const isYou = useSession().username === username;
  return (
    <span className={classes.name}>
      <Link to="/access/users/$username" params={{ username }}>
        <bdi>{tame(username, 100)}</bdi>
      </Link>
      {isYou && <span className="muted">{access.userYou}</span>}
      {isFromSettings && <span className="muted">{access.userBadge}</span>}
    </span>
  );
}

/** The people who may sign in; for superusers. */
export function UsersSection() {
  const users = useQuery(usersQuery);
  return (
    <Section
      title={access.users}
      lead={access.usersLead}
      actions={
        <Button
          variant="default"
          leftSection={<Icon name="plus" size={14} />}
          renderRoot={(props) => <Link to="/access/new-user" {...props} />}
        >
          {access.userAdd}
        </Button>
      }
    >
      {users.isError ? (
        <Failure title={access.usersFailed} error={users.error} onRetry={() => void users.refetch()} />
      ) : (
        <DataTable
          label={access.users}
          rows={users.data ?? []}
          rowId={(user) => user.username}
          columns={COLUMNS}
          isLoading={users.isPending}
          skeletonRows={1}
        />
      )}
    </Section>
  );
}
