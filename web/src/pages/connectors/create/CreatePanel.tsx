import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Problem } from '../../../api/client.ts';
import { connectorTypesQuery } from '../../../api/connectors.ts';
import { useMay } from '../../../api/session.ts';
import { typeQuery } from '../../../api/types.ts';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { Failure } from '../../../ui/Failure.tsx';
import { tame } from '../../../ui/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { Panel } from '../../../ui/Panel.tsx';
import { create as words } from '../../../words/create.ts';
import { FormSkeleton } from '../form/FormSkeleton.tsx';
import { CreateForm } from './CreateForm.tsx';

/** The form for a new connector of one type, over the list. */
export function CreatePanel() {
  const { typeId = '' } = useParams({ strict: false });
  const navigate = useNavigate();
  const mayCreate = useMay('create');
  const type = useQuery(typeQuery(typeId));
  const types = useQuery(connectorTypesQuery);
  const isEnabled = types.data?.find(({ id }) => id === typeId)?.enabled !== false;
  const isUnknown = type.error instanceof Problem && type.error.status === 404;
  if (type.data !== undefined && mayCreate && isEnabled) return <CreateForm key={typeId} type={type.data} />;

  const toGallery = (
    <Button renderRoot={(props) => <Link to="/connectors/new" search={true} {...props} />}>{words.toGallery}</Button>
  );
  return (
    <Panel
      title={isUnknown ? words.unknownTitle : words.title(tame(type.data?.name ?? typeId, 80))}
      size="xl"
      onClose={() => void navigate({ to: '/connectors', search: true })}
      testSubj="create-connector-flyout"
      closeTestSubj="create-connector-flyout-close-btn"
    >
      {isUnknown ? (
        <EmptyState icon="help" title={words.unknownTitle} actions={toGallery}>
          {words.unknownText(tame(typeId, 100))}
        </EmptyState>
      ) : !mayCreate ? (
        <Notice tone="warning" title={words.noPermissionTitle}>
          {words.noPermission}
        </Notice>
      ) : type.isError ? (
        <Failure title={words.typeFailed} error={type.error} onRetry={() => void type.refetch()} />
      ) : !isEnabled ? (
        <Notice tone="warning" title={words.disabledTitle} actions={toGallery}>
          {words.disabledText}
        </Notice>
      ) : (
        <FormSkeleton label={words.loadingForm} />
      )}
    </Panel>
  );
}
