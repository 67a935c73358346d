import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useId, useMemo, useState } from 'react';
import { Problem } from '../../../api/client.ts';
import { CONNECTORS_KEY, createConnector } from '../../../api/connectors.ts';
import type { TypeDescription, UnsavedConnector } from '../../../api/types.ts';
import { reasonOf } from '../../../ui/Failure.tsx';
import { tame } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { Notice } from '../../../ui/Notice.tsx';
import { Panel } from '../../../ui/Panel.tsx';
import { TypeIcon } from '../../../ui/TypeIcon.tsx';
import { toast } from '../../../ui/toast.tsx';
import { useUnsavedGuard } from '../../../ui/unsaved.ts';
import { create as words } from '../../../words/create.ts';
import { test as testWords } from '../../../words/test.ts';
import { ConnectorFields } from '../form/ConnectorFields.tsx';
import { connectorForm, contentOf, isChanged, newDraft, problemsOfDraft, secretNamesOf } from '../form/draft.ts';
import { useDraft } from '../form/use-draft.ts';
import { CopyCode } from '../test/CopyCode.tsx';
import { performAsked } from '../test/RunButton.tsx';
import { useBench } from '../test/use-bench.ts';
import classes from './create.module.css';
import { DraftBench } from './DraftBench.tsx';
import { IdField } from './IdField.tsx';
import { SetupSteps } from './SetupSteps.tsx';
import { useConnectorId } from './use-connector-id.ts';

/** A new connector: the form at the left; the vendor's steps and a test before saving at the right. */
export function CreateForm({ type }: { type: TypeDescription }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const formId = useId();
  const form = useMemo(() => connectorForm(type), [type]);
  const [empty] = useState(() => newDraft(form));
  const state = useDraft(form, empty);
  const { draft } = state;
  const connectorId = useConnectorId(draft.name);
  const isDirty = isChanged(form, empty, draft) || connectorId.isOwn;
  useUnsavedGuard(isDirty);

  const unsaved = useMemo<UnsavedConnector>(() => {
    const { config, secrets } = contentOf(form, draft);
    return { connector_type_id: type.id, config, secrets };
  }, [type.id, form, draft]);
  // A name is not needed for a test.
  const wrong = problemsOfDraft(form, draft).filter(({ path }) => path !== 'name');
  const bench = useBench({ type, subject: unsaved, missing: wrong[0]?.message, onRefusal: state.showRefusal });

  const saving = useMutation({
    mutationFn: (_: 'list' | 'test') => createConnector(type.id, contentOf(form, draft), connectorId.id || undefined),
    async onSuccess(saved, next) {
      toast.success(words.created(saved.name));
      void client.invalidateQueries({ queryKey: CONNECTORS_KEY });
      if (next === 'list') await navigate({ to: '/connectors', search: true, ignoreBlocker: true });
      else {
        const params = { connectorId: saved.id };
        await navigate({ to: '/connectors/$connectorId/test', params, search: true, ignoreBlocker: true });
      }
    },
    onError(error) {
      if (error instanceof Problem && error.status === 409) {
        connectorId.markTaken();
        state.showProblems([{ path: 'id', message: words.idTaken(connectorId.id) }]);
      } else if (error instanceof Problem && error.status === 400) state.showRefusal(error.message);
      else state.showProblems([{ path: '', message: reasonOf(error) }]);
    },
  });

  function save(next: 'list' | 'test') {
    const idProblem =
      connectorId.state === 'wrong'
        ? [{ path: 'id', message: words.idWrong }]
        : connectorId.state === 'taken'
          ? [{ path: 'id', message: words.idTaken(connectorId.id) }]
          : [];
    const [name, ...rest] = problemsOfDraft(form, draft);
    const problems =
      name?.path === 'name' ? [name, ...idProblem, ...rest] : [...idProblem, ...(name ? [name] : []), ...rest];
    state.showProblems(problems);
    if (problems.length === 0 && !saving.isPending) saving.mutate(next);
  }

  async function test() {
    state.showProblems(wrong);
    if (wrong.length === 0) await performAsked(bench);
  }

  const code = {
    id: connectorId.id || '<id>',
    name: draft.name,
    connector_type_id: type.id,
    config: unsaved.config,
    configured_secrets: secretNamesOf(form, draft),
    tags: draft.tags,
  };
  return (
    <Panel
      title={words.title(tame(type.name, 80))}
      documentTitle={words.documentTitle(tame(type.name, 80))}
      icon={<TypeIcon typeId={type.id} name={type.name} size={28} />}
      lead={tame(type.description, 300)}
      actions={<CopyCode label={testWords.copyConnectorAs} connector={code} />}
      size="xl"
      onClose={() => void navigate({ to: '/connectors', search: true })}
      testSubj="create-connector-flyout"
      closeTestSubj="create-connector-flyout-close-btn"
      footer={
        <>
          <Button
            variant="default"
            className={classes.back}
            leftSection={<Icon name="left" size={14} />}
            data-test-subj="create-connector-flyout-back-btn"
            onClick={() => void navigate({ to: '/connectors/new', search: true })}
          >
            {words.back}
          </Button>
          <Button
            variant="default"
            loading={bench.isRunning}
            leftSection={<Icon name="play" size={14} />}
            data-test-subj="executeActionButton"
            onClick={() => void test()}
          >
            {words.test}
          </Button>
          <Button
            variant="default"
            loading={saving.isPending && saving.variables === 'test'}
            data-test-subj="create-connector-flyout-save-test-btn"
            onClick={() => save('test')}
          >
            {words.saveTest}
          </Button>
          <Button
            type="submit"
            form={formId}
            loading={saving.isPending && saving.variables === 'list'}
            data-test-subj="create-connector-flyout-save-btn"
          >
            {words.save}
          </Button>
        </>
      }
    >
      <div className={classes.columns}>
        <div className={classes.column}>
          <ConnectorFields
            id={formId}
            state={state}
            isNew
            idField={<IdField value={connectorId} />}
            notices={type.notice !== undefined && <Notice tone="warning">{tame(type.notice, 1_000)}</Notice>}
            onSubmit={() => save('list')}
          />
        </div>
        <div className={classes.column}>
          <SetupSteps type={type} />
          <DraftBench bench={bench} onCheck={() => checkDraft()} />
        </div>
      </div>
    </Panel>
  );

  function checkDraft() {
    state.showProblems(wrong);
    if (wrong.length === 0) bench.check();
  }
}
