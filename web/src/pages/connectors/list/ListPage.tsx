import { Button } from '@mantine/core';
import { Link, Outlet, useParams, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useState } from 'react';
import { useMay } from '../../../api/session.ts';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { Failure } from '../../../ui/Failure.tsx';
import { Icon } from '../../../ui/icons.tsx';
import { Page } from '../../../ui/Page.tsx';
import { listWords as words } from '../../../words/list.ts';
import { FirstRun, useFirstRun } from '../first-run/FirstRun.tsx';
import { ConnectorTable } from './ConnectorTable.tsx';
import { type ImportFile, readImportFile } from './import-file.ts';
import classes from './List.module.css';
import { ListFilters } from './ListFilters.tsx';
import { ListSummary } from './ListSummary.tsx';
import type { Row } from './rows.ts';
import { useExport } from './use-export.ts';
import { useFileDrop } from './use-file-drop.ts';
import { useFound, useListData, useListView } from './use-list.ts';

// Most visits need neither.
const DeleteDialog = lazy(() => import('./DeleteDialog.tsx').then((module) => ({ default: module.DeleteDialog })));
const ImportDialog = lazy(() => import('./ImportDialog.tsx').then((module) => ({ default: module.ImportDialog })));

/** All connectors of the space; panels of one of them open over it. */
export function ListPage() {
  const data = useListData();
  const [view, setView] = useListView();
  const { found, counts } = useFound(data.rows, view);
  const { connectorId } = useParams({ strict: false });
  const isPlain = useRouterState({ select: ({ matches }) => matches.at(-1)?.routeId.endsWith('/connectors') ?? false });
  const mayCreate = useMay('create');
  const hasFirstRun = useFirstRun(data.connectors);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [toDelete, setToDelete] = useState<readonly Row[]>();
  const [importing, setImporting] = useState<{ file: ImportFile | undefined; attempt: number }>();
  const { exportConnectors, isExporting } = useExport();
  const deleteOne = useCallback((row: Row) => setToDelete([row]), []);
  const exportOne = useCallback((row: Row) => exportConnectors([row.connector]), [exportConnectors]);

  const startImport = (file?: ImportFile) => setImporting((before) => ({ file, attempt: (before?.attempt ?? 0) + 1 }));
  const isDragging = useFileDrop(mayCreate && isPlain && toDelete === undefined, async (file) =>
    startImport(await readImportFile(file)),
  );
  // What a filter hides is not acted upon: nobody deletes what is out of sight.
  const chosen = selected.size === 0 ? [] : found.filter(({ id }) => selected.has(id));
  const isEmpty = data.connectors?.length === 0;

  return (
    <Page title={words.title} lead={words.lead} actions={mayCreate && <PageActions onImport={() => startImport()} />}>
      {data.error !== null && data.connectors === undefined ? (
        <Failure title={words.loadFailed} error={data.error} onRetry={data.retry} />
      ) : (
        <>
          {hasFirstRun && <FirstRun connectors={data.connectors ?? []} />}
          {isEmpty && !hasFirstRun && <NoConnectors mayCreate={mayCreate} />}
          {!isEmpty && (
            <div className={classes.list}>
              <ListFilters rows={data.rows} types={data.types} counts={counts} view={view} setView={setView} />
              <ListSummary
                found={found.length}
                all={data.connectors?.length}
                isStale={data.error !== null}
                chosen={chosen}
                onDelete={() => setToDelete(chosen)}
                onExport={() => exportConnectors(chosen.map(({ connector }) => connector))}
                isExporting={isExporting}
                onClear={() => setSelected(new Set())}
              />
              <ConnectorTable
                rows={found}
                isLoading={data.isLoading}
                sort={view.sort}
                onSort={(sort) => setView({ sort })}
                selected={selected}
                onSelect={setSelected}
                currentId={connectorId}
                onDelete={deleteOne}
                onExport={exportOne}
                onClearFilters={() => setView({ q: '', type: [], health: [], tag: [] })}
              />
            </div>
          )}
        </>
      )}
      <Suspense>
        {toDelete !== undefined && (
          <DeleteDialog
            connectors={toDelete.map(({ connector }) => connector)}
            onCancel={() => setToDelete(undefined)}
            onDone={({ deleted }) => {
              setToDelete(undefined);
              setSelected((before) => new Set([...before].filter((id) => !deleted.includes(id))));
            }}
          />
        )}
        {importing !== undefined && (
          <ImportDialog key={importing.attempt} initial={importing.file} onClose={() => setImporting(undefined)} />
        )}
      </Suspense>
      {isDragging && <div className={classes.drop}>{words.importing.dropAnywhere}</div>}
      <Outlet />
    </Page>
  );
}

function PageActions({ onImport }: { onImport: () => void }) {
  return (
    <>
      <Button variant="default" leftSection={<Icon name="upload" />} onClick={onImport}>
        {words.import}
      </Button>
      <Button
        leftSection={<Icon name="plus" />}
        renderRoot={(props) => <Link to="/connectors/new" search={true} {...props} />}
        data-test-subj="createConnectorButton"
      >
        {words.create}
      </Button>
    </>
  );
}

function NoConnectors({ mayCreate }: { mayCreate: boolean }) {
  if (!mayCreate) {
    return (
      <EmptyState icon="lock" title={words.emptyReadOnly}>
        {words.emptyReadOnlyHint}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="connectors"
      title={words.empty}
      actions={
        <Button
          renderRoot={(props) => <Link to="/connectors/new" search={true} {...props} />}
          data-test-subj="createFirstActionButton"
        >
          {words.create}
        </Button>
      }
    >
      {words.emptyHint}
    </EmptyState>
  );
}
