import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Problem } from '../../../api/client.ts';
import {
  CONNECTORS_KEY,
  type Connector,
  type ConnectorChange,
  changeConnector,
  connectorQuery,
} from '../../../api/connectors.ts';
import { useMay } from '../../../api/session.ts';
import type { TypeDescription } from '../../../api/types.ts';
import { reasonOf } from '../../../ui/Failure.tsx';
import { toast } from '../../../ui/toast.tsx';
import { edit as words } from '../../../words/edit.ts';
import { changeOf, connectorForm, type Draft, draftOf, isChanged, problemsOfDraft } from '../form/draft.ts';
import { useDraft } from '../form/use-draft.ts';
import type { EditContext } from './edit-context.ts';
import { differencesOf, rebased } from './merge.ts';

/** How far saving is, for the button that says so. */
export type SaveState = 'idle' | 'saving' | 'saved';

interface Saving {
  readonly change: ConnectorChange;
  readonly sent: Draft;
}

/**
 * Editing one connector: the draft, saving it, and noticing that somebody else saved in between.
 *
 * @param loaded as it was when the panel opened
 */
export function useEditing(
  loaded: Connector,
  type: TypeDescription,
  isEnabled: boolean,
): EditContext & { saveState: SaveState } {
  const client = useQueryClient();
  const mayUpdate = useMay('update');
  const form = useMemo(() => connectorForm(type), [type]);
  const [connector, setConnector] = useState(loaded);
  const state = useDraft(form, draftOf(loaded));
  const [refusals, setRefusals] = useState(0);
  const [isMerged, setMerged] = useState(false);
  const [generation, setGeneration] = useState(0);
  const [isSaved, setSaved] = useState(false);

  const saving = useMutation({
    mutationFn: ({ change }: Saving) => changeConnector(connector.id, change, connector.version),
    onSuccess(saved, { sent }) {
      // First what is known of the server: what is compared with it follows.
      client.setQueryData(connectorQuery(saved.id).queryKey, saved);
      setConnector(saved);
      // What was typed while it was on its way stays.
      state.replace((now) => rebased(sent, draftOf(saved), now));
      state.showProblems([]);
      setMerged(false);
      setSaved(true);
      toast.success(words.updated(saved.name));
      // Not waited for: it is saved, however long the list takes.
      void client.invalidateQueries({ queryKey: CONNECTORS_KEY });
    },
    async onError(error) {
      if (error instanceof Problem && error.status === 409) await compare();
      // What is shown of it elsewhere is read again as well.
      else if (isMissing(error)) await client.invalidateQueries({ queryKey: CONNECTORS_KEY });
      else if (error instanceof Problem && error.status === 400) state.showRefusal(error.message);
      else state.showProblems([{ path: '', message: reasonOf(error) }]);
    },
  });

  const before = useMemo(() => draftOf(connector), [connector]);
  const isDirty = isChanged(form, before, state.draft);
  const { data: stored = connector, error: storedError } = useQuery({
    ...connectorQuery(loaded.id),
    refetchOnMount: false,
  });
  const isBehind = !saving.isPending && isOther(stored, connector);
  if (isBehind && !isDirty && refusals === 0) {
    // Nothing of the reader's is at stake: the panel simply shows what is stored now.
    takeOver(draftOf(stored));
  }
  const conflict = useMemo(
    () =>
      isBehind && (isDirty || refusals > 0)
        ? { theirs: stored, differences: differencesOf(form, connector, stored, state.draft), refusals }
        : undefined,
    [isBehind, isDirty, refusals, stored, form, connector, state.draft],
  );

  function save() {
    setSaved(false);
    const problems = problemsOfDraft(form, state.draft);
    state.showProblems(problems);
    if (problems.length > 0 || saving.isPending) return;
    // Saving says that nothing is missing any more, whatever was changed.
    if (!isDirty && connector.is_missing_secrets !== true) return toast.success(words.nothing);
    saving.mutate({ change: changeOf(form, connector, state.draft), sent: state.draft });
  }

  /** After a save that was refused because of another one: reads what that one stored. */
  async function compare() {
    state.showProblems([]);
    setRefusals((before) => before + 1);
    try {
      await client.fetchQuery({ ...connectorQuery(connector.id), staleTime: 0 });
    } catch (error) {
      setRefusals(0);
      if (!isMissing(error)) state.showProblems([{ path: '', message: reasonOf(error) }]);
    }
  }

  function takeOver(draft: Draft) {
    setConnector(stored);
    state.replace(draft);
    setGeneration((before) => before + 1);
  }

  function settle(draft: Draft) {
    takeOver(draft);
    state.showProblems([]);
    setRefusals(0);
    setMerged(isChanged(form, draftOf(stored), draft));
  }

  return {
    connector,
    type,
    state,
    isDirty,
    readOnly: connector.is_preconfigured ? 'preconfigured' : !mayUpdate ? 'role' : isEnabled ? undefined : 'disabled',
    conflict,
    isMerged,
    isDeleted: isMissing(storedError),
    generation,
    keepMine: () => settle(rebased(before, draftOf(stored), state.draft)),
    takeTheirs: () => settle(draftOf(stored)),
    save,
    saveState: saving.isPending ? 'saving' : isSaved && !isDirty ? 'saved' : 'idle',
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Problem && error.status === 404;
}

function isOther(a: Connector, b: Connector): boolean {
  return a.version === undefined ? a.updated_at !== b.updated_at : a.version !== b.version;
}
