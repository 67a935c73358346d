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
import { changeOf, connectorForm, draftOf, isChanged, problemsOfDraft } from '../form/draft.ts';
import { useDraft } from '../form/use-draft.ts';
import type { EditContext } from './edit-context.ts';
import { differencesOf, merged } from './merge.ts';

/** How far saving is, for the button that says so. */
export type SaveState = 'idle' | 'saving' | 'saved';

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
  const [refused, setRefused] = useState(false);
  const [isMerged, setMerged] = useState(false);
  const [isSaved, setSaved] = useState(false);

  const saving = useMutation({
    mutationFn: (change: ConnectorChange) => changeConnector(connector.id, change, connector.version),
    async onSuccess(saved) {
      // First what is known of the server: what is compared with it follows.
      client.setQueryData(connectorQuery(saved.id).queryKey, saved);
      setConnector(saved);
      state.replace(draftOf(saved));
      state.showProblems([]);
      setMerged(false);
      setSaved(true);
      toast.success(words.updated(saved.name));
      await client.invalidateQueries({ queryKey: CONNECTORS_KEY });
    },
    async onError(error) {
      if (error instanceof Problem && error.status === 409) {
        setRefused(true);
        state.showProblems([]);
        await client.refetchQueries({ queryKey: connectorQuery(connector.id).queryKey });
      } else if (error instanceof Problem && error.status === 400) state.showRefusal(error.message);
      else state.showProblems([{ path: '', message: reasonOf(error) }]);
    },
  });

  const before = useMemo(() => draftOf(connector), [connector]);
  const isDirty = isChanged(form, before, state.draft);
  const { data: stored = connector } = useQuery({ ...connectorQuery(loaded.id), refetchOnMount: false });
  const isBehind = !saving.isPending && isOther(stored, connector);
  if (isBehind && !isDirty && !refused) {
    // Nothing of the reader's is at stake: the panel simply shows what is stored now.
    setConnector(stored);
    state.replace(draftOf(stored));
  }
  const conflict = useMemo(
    () =>
      isBehind && (isDirty || refused)
        ? { theirs: stored, differences: differencesOf(form, connector, stored, state.draft), isRefused: refused }
        : undefined,
    [isBehind, isDirty, refused, stored, form, connector, state.draft],
  );

  function save() {
    setSaved(false);
    const problems = problemsOfDraft(form, state.draft);
    state.showProblems(problems);
    if (problems.length > 0 || saving.isPending) return;
    // Saving says that nothing is missing any more, whatever was changed.
    if (!isDirty && connector.is_missing_secrets !== true) return toast.success(words.nothing);
    saving.mutate(changeOf(form, connector, state.draft));
  }

  function settle(draft = draftOf(stored)) {
    setConnector(stored);
    state.replace(draft);
    state.showProblems([]);
    setRefused(false);
  }

  return {
    connector,
    type,
    state,
    isDirty,
    readOnly: connector.is_preconfigured ? 'preconfigured' : !mayUpdate ? 'role' : isEnabled ? undefined : 'disabled',
    conflict,
    isMerged,
    keepMine() {
      settle(merged(connector, stored, state.draft));
      setMerged(true);
    },
    takeTheirs: () => settle(),
    save,
    saveState: saving.isPending ? 'saving' : isSaved && !isDirty ? 'saved' : 'idle',
  };
}

function isOther(a: Connector, b: Connector): boolean {
  return a.version === undefined ? a.updated_at !== b.updated_at : a.version !== b.version;
}
