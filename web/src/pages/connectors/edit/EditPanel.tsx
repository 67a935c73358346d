import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { linkOptions, Outlet, useNavigate, useParams, useRouterState } from '@tanstack/react-router';
import { Problem } from '../../../api/client.ts';
import { type Connector, connectorQuery, connectorTypesQuery } from '../../../api/connectors.ts';
import { useMay } from '../../../api/session.ts';
import { type TypeDescription, typeQuery } from '../../../api/types.ts';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { Failure } from '../../../ui/Failure.tsx';
import { tame } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { Notice } from '../../../ui/Notice.tsx';
import { Panel } from '../../../ui/Panel.tsx';
import { Status } from '../../../ui/Status.tsx';
import { TypeIcon } from '../../../ui/TypeIcon.tsx';
import { useUnsavedGuard } from '../../../ui/unsaved.ts';
import { edit as words } from '../../../words/edit.ts';
import { test as testWords } from '../../../words/test.ts';
import { secretNamesOf } from '../form/draft.ts';
import { FormSkeleton } from '../form/FormSkeleton.tsx';
import { CopyCode } from '../test/CopyCode.tsx';
import { DeletedNotice } from './DeletedNotice.tsx';
import classes from './edit.module.css';
import { EditContext, FORM_ID } from './edit-context.ts';
import { useEditing } from './use-edit.ts';

/** One connector over the list: configuration, test, uses and executions as tabs with addresses. */
export function EditPanel() {
  const { connectorId = '' } = useParams({ strict: false });
  // What is edited must be as new as can be; what the list read a moment ago may be old already.
  const connector = useQuery({ ...connectorQuery(connectorId), refetchOnMount: 'always' });
  const typeId = connector.data?.connector_type_id;
  const type = useQuery({ ...typeQuery(typeId ?? ''), enabled: typeId !== undefined });
  const types = useQuery(connectorTypesQuery);
  const close = useClose();

  const isTypeUnknown = type.error instanceof Problem && type.error.status === 404;
  if (
    connector.data !== undefined &&
    connector.isFetchedAfterMount &&
    type.data !== undefined &&
    types.data !== undefined
  ) {
    const isEnabled = types.data.find(({ id }) => id === typeId)?.enabled !== false;
    return <Loaded key={connectorId} connector={connector.data} type={type.data} isEnabled={isEnabled} />;
  }
  if (connector.error instanceof Problem && connector.error.status === 404) {
    return (
      <Panel title={words.missingTitle} onClose={close} size="lg" testSubj="edit-connector-flyout">
        <EmptyState icon="help" title={words.missingTitle} actions={<Button onClick={close}>{words.toList}</Button>}>
          {words.missingText(tame(connectorId, 100))}
        </EmptyState>
      </Panel>
    );
  }
  const error = connector.error ?? (isTypeUnknown ? null : type.error) ?? types.error;
  const retry = () => void Promise.all([connector.refetch(), types.refetch(), typeId !== undefined && type.refetch()]);
  return (
    <Panel
      title={tame(connector.data?.name ?? connectorId)}
      onClose={close}
      size="lg"
      testSubj="edit-connector-flyout"
      closeTestSubj="edit-connector-flyout-close-btn"
    >
      {isTypeUnknown && (
        <Notice tone="warning" title={words.unknownTypeTitle}>
          {words.unknownTypeText(tame(typeId ?? ''))}
        </Notice>
      )}
      {error && <Failure title={words.loadFailed} error={error} onRetry={retry} />}
      {!isTypeUnknown && !error && <FormSkeleton label={words.loading} />}
    </Panel>
  );
}

interface LoadedProps {
  readonly connector: Connector;
  readonly type: TypeDescription;
  readonly isEnabled: boolean;
}

function Loaded({ connector: loaded, type, isEnabled }: LoadedProps) {
  const editing = useEditing(loaded, type, isEnabled);
  const { connector, state, isDirty, isDeleted, readOnly, saveState } = editing;
  const close = useClose();
  const mayExecute = useMay('execute');
  const current = useRouterState({ select: ({ location }) => tabOf(location.pathname) });
  useUnsavedGuard(isDirty, {
    isHarmless: (pathname) => isOfConnector(pathname, connector.id),
    testSubj: 'closeConnectorEditConfirm',
  });

  const to = { params: { connectorId: connector.id }, search: true } as const;
  const tab = (name: Tab, testSubj: string) => ({
    label: words.tabs[name],
    link: linkOptions({ to: `/connectors/$connectorId/${name}`, ...to }),
    testSubj,
  });
  const code = {
    ...connector,
    ...(readOnly === undefined ? { name: state.draft.name, config: state.draft.config } : {}),
    configured_secrets: secretNamesOf(state.form, state.draft),
  };
  return (
    <EditContext value={editing}>
      <Panel
        title={tame(connector.name)}
        documentTitle={`${tame(connector.name)} · ${words.tabs[current]}`}
        icon={<TypeIcon typeId={type.id} name={type.name} size={28} />}
        badges={<Badges connector={connector} />}
        lead={
          <span className={classes.lead}>
            {tame(type.name)} · <span className="mono">{tame(connector.id)}</span>
          </span>
        }
        actions={<CopyCode label={testWords.copyConnectorAs} connector={code} />}
        tabs={[
          tab('config', 'configureConnectorTab'),
          ...(mayExecute ? [tab('test', 'testConnectorTab')] : []),
          tab('usage', 'rulesConnectorTab'),
          tab('executions', 'executionsConnectorTab'),
        ]}
        footer={
          current === 'config' ? (
            <>
              <Button variant="default" onClick={close}>
                {words.close}
              </Button>
              {readOnly === undefined && (
                <Button
                  type="submit"
                  form={FORM_ID}
                  loading={saveState === 'saving'}
                  leftSection={saveState === 'saved' ? <Icon name="check" /> : undefined}
                  data-test-subj="edit-connector-flyout-save-btn"
                >
                  {saveState === 'saved' ? words.saved : words.save}
                </Button>
              )}
            </>
          ) : undefined
        }
        size="lg"
        onClose={close}
        testSubj="edit-connector-flyout"
        closeTestSubj="edit-connector-flyout-close-btn"
      >
        {isDeleted && <DeletedNotice />}
        <Outlet />
      </Panel>
    </EditContext>
  );
}

function Badges({ connector }: { connector: Connector }) {
  return (
    <>
      {connector.is_preconfigured && (
        <span data-test-subj="preconfiguredBadge">
          <Status tone="neutral" icon="lock" filled>
            {words.preconfigured}
          </Status>
        </span>
      )}
      {connector.is_missing_secrets === true && (
        <Status tone="warning" icon="key" filled>
          {words.missingSecrets}
        </Status>
      )}
      {(connector.is_deprecated || connector.is_connector_type_deprecated) && (
        <Status tone="warning" filled>
          {words.deprecated}
        </Status>
      )}
    </>
  );
}

/** Back to the list, with its search and filters. */
function useClose(): () => void {
  const navigate = useNavigate();
  return () => void navigate({ to: '/connectors', search: true });
}

type Tab = keyof typeof words.tabs;

function tabOf(pathname: string): Tab {
  const last = pathname.split('/').at(-1) ?? '';
  return Object.hasOwn(words.tabs, last) ? (last as Tab) : 'config';
}

/** Whether an address is a tab of the same connector. */
function isOfConnector(pathname: string, id: string): boolean {
  const [, encoded] = /\/connectors\/([^/]+)\/(?:config|test|usage|executions)\/?$/.exec(pathname) ?? [];
  try {
    return encoded !== undefined && decodeURIComponent(encoded) === id;
  } catch {
    return encoded === id;
  }
}
