import { ActionIcon, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ApiKey, apiKeysQuery, useRemoveApiKey } from '../../api/access.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { confirm } from '../../ui/dialogs.tsx';
import { Failure, reasonOf } from '../../ui/Failure.tsx';
import { tame } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { RelativeTime, useNow } from '../../ui/RelativeTime.tsx';
import { Status } from '../../ui/Status.tsx';
import { toast } from '../../ui/toast.tsx';
import { access } from '../../words/access.ts';
import classes from './access.module.css';
import { RoleBadges } from './RoleBadges.tsx';
import { Section } from './Section.tsx';

function Expiry({ at }: { at: string | null }) {
  const now = useNow();
  if (at === null) return <span className="muted">{access.keyNever}</span>;
  if (Date.parse(at) <= now) return <Status tone="failure">{access.keyExpired}</Status>;
  return <RelativeTime at={at} />;
}

/** Keys for programs: one's own, and for superusers those of everybody. */
export function KeysSection({ isSuperuser }: { isSuperuser: boolean }) {
  const keys = useQuery(apiKeysQuery);
  const remove = useRemoveApiKey();

  async function askAndRemove({ id, name }: ApiKey) {
    const shown = tame(name, 100);
    const isSure = await confirm({
      title: access.keyRemoveTitle(shown),
      text: access.keyRemoveText,
      confirm: access.keyRemove,
      danger: true,
    });
    if (!isSure) return;
    remove.mutate(id, {
      onSuccess: () => toast.success(access.keyRemoved(shown)),
      onError: (error) => toast.failure(access.keyRemoveFailed(shown) + reasonOf(error)),
    });
  }

  const columns: readonly Column<ApiKey>[] = [
    { id: 'name', title: access.keyName, render: (key) => <bdi>{tame(key.name, 100)}</bdi> },
    ...(isSuperuser
      ? [{ id: 'username', title: access.keyOwner, from: 900, render: (key: ApiKey) => tame(key.username, 60) }]
      : []),
    {
      id: 'roles',
      title: access.roles,
      width: 200,
      from: 760,
      render: (key) =>
        key.roles === null ? <span className="muted">{access.keyRolesAsUser}</span> : <RoleBadges roles={key.roles} />,
    },
    {
      id: 'last_used_at',
      title: access.keyLastUsed,
      width: 120,
      from: 620,
      render: (key) => <RelativeTime at={key.last_used_at} />,
    },
    {
      id: 'expires_at',
      title: access.keyExpires,
      width: 140,
      from: 460,
      render: (key) => <Expiry at={key.expires_at} />,
    },
    {
      id: 'actions',
      title: access.keyRemove,
      isTitleHidden: true,
      width: 56,
      align: 'end',
      render: (key) => (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={access.keyRemoveOf(tame(key.name, 100))}
          title={access.keyRemove}
          onClick={() => void askAndRemove(key)}
        >
          <Icon name="trash" />
        </ActionIcon>
      ),
    },
  ];

  return (
    <Section
      title={access.keys}
      lead={access.keysLead}
      actions={
        <Button
          variant="default"
          leftSection={<Icon name="plus" size={14} />}
          renderRoot={(props) => <Link to="/access/new-key" {...props} />}
        >
          {access.keyMake}
        </Button>
      }
    >
      {keys.isError ? (
        <Failure title={access.keysFailed} error={keys.error} onRetry={() => void keys.refetch()} />
      ) : (
        <DataTable
          label={access.keys}
          rows={keys.data ?? []}
          rowId={(key) => key.id}
          columns={columns}
          isLoading={keys.isPending}
          skeletonRows={1}
          empty={<p className={classes.nothing}>{access.keysEmpty}</p>}
        />
      )}
    </Section>
  );
}
