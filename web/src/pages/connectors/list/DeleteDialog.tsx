import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { CONNECTORS_KEY, connectorsQuery, type Use, usageQuery } from '../../../api/connectors.ts';
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx';
import { tame } from '../../../ui/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { toast } from '../../../ui/toast.tsx';
import { listWords } from '../../../words/list.ts';
import classes from './DeleteDialog.module.css';
import { type Deletion, deleteAll } from './delete-all.ts';

const words = listWords.delete;
const NAMES_MAX = 5;
const USES_MAX = 5;
const FAILURES_MAX = 3;

interface DeleteDialogProps {
  readonly connectors: readonly { readonly id: string; readonly name: string }[];
  readonly onCancel: () => void;
  /** Told when all is through, also when some failed. */
  readonly onDone: (deletion: Deletion) => void;
}

/** Asks before connectors are deleted, with what uses them; something in use has to be confirmed by typing. */
export function DeleteDialog({ connectors, onCancel, onDone }: DeleteDialogProps) {
  const client = useQueryClient();
  // Read again: what uses them may have changed since the list was drawn.
  const usage = useQuery({ ...usageQuery, staleTime: 0 });
  const [done, setDone] = useState<number>();
  const count = connectors.length;
  // As a map: an id may be the name of something that every object has.
  const uses = new Map(Object.entries(usage.data ?? {}));
  const used = connectors.filter(({ id }) => uses.has(id));

  async function start() {
    setDone(0);
    const deletion = await deleteAll(
      connectors.map(({ id }) => id),
      setDone,
    );
    const gone = new Set(deletion.deleted);
    client.setQueryData(connectorsQuery.queryKey, (list) => list?.filter(({ id }) => !gone.has(id)));
    if (gone.size > 0) toast.success(words.done(gone.size));
    if (deletion.failures.length > 0) toast.failure(failureText(deletion, connectors));
    void client.invalidateQueries({ queryKey: CONNECTORS_KEY });
    onDone(deletion);
  }

  return (
    <ConfirmDialog
      // Drawn anew when it turns out that something must be typed, so that the field gets the focus.
      key={String(used.length > 0)}
      title={words.title(count)}
      confirm={done === undefined || count === 1 ? words.confirm(count) : words.progress(done, count)}
      danger
      typed={used.length > 0 ? words.word : undefined}
      isBusy={done !== undefined || usage.isPending}
      onConfirm={() => void start()}
      onCancel={onCancel}
      testSubj="deleteIdsConfirmation"
    >
      <div className={classes.content}>
        <p className={classes.text}>{words.lead(count)}</p>
        <ul className={classes.names}>
          {connectors.slice(0, NAMES_MAX).map(({ id, name }) => (
            <li key={id}>
              <span className={classes.name}>
                <bdi>{tame(name, 80)}</bdi> <code className={classes.id}>{tame(id, 60)}</code>
              </span>
            </li>
          ))}
          {count > NAMES_MAX && <li className={classes.more}>{words.and(count - NAMES_MAX)}</li>}
        </ul>
        {used.length > 0 && (
          <Notice tone="warning" title={words.inUse(used.length, count)}>
            <ul className={classes.uses}>
              {used.slice(0, NAMES_MAX).map(({ id, name }) => {
                const own = uses.get(id) ?? [];
                return (
                  <li key={id}>
                    <bdi>{tame(name, 60)}</bdi> {words.usedBy(own.length, namesOf(own))}
                  </li>
                );
              })}
              {used.length > NAMES_MAX && <li>{words.and(used.length - NAMES_MAX)}</li>}
            </ul>
            {words.inUseHint}
          </Notice>
        )}
        {usage.isError && (
          <Notice tone="warning" title={words.usageUnknown}>
            {words.usageUnknownHint}
          </Notice>
        )}
      </div>
    </ConfirmDialog>
  );
}

function namesOf(uses: readonly Use[]): string {
  const names = uses.slice(0, USES_MAX).map(({ kind, name, role }) => listWords.use(kind, tame(name, 60), role));
  const rest = uses.length - USES_MAX;
  return [...names, ...(rest > 0 ? [words.and(rest)] : [])].join(', ');
}

function failureText({ failures }: Deletion, connectors: DeleteDialogProps['connectors']): string {
  const names = new Map(connectors.map(({ id, name }) => [id, name]));
  const reasons = failures
    .slice(0, FAILURES_MAX)
    .map(({ id, reason }) => words.failedWhy(tame(names.get(id) ?? id, 60), tame(reason, 200)));
  const rest = failures.length - FAILURES_MAX;
  return `${words.failed(failures.length)}: ${[...reasons, ...(rest > 0 ? [words.and(rest)] : [])].join('; ')}`;
}
