import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { OpenCircuit } from '../../api/health.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { tame } from '../../ui/format.ts';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { Status } from '../../ui/Status.tsx';
import { healthWords } from '../../words/health.ts';
import { ConnectorName } from './ConnectorName.tsx';
import { Section } from './Section.tsx';

const words = healthWords.circuits;

interface CircuitsProps {
  readonly circuits: readonly OpenCircuit[] | undefined;
  readonly typeName: (id: string) => string;
}

/** The connectors to which nothing is sent for the moment, why, and when one is tried next. */
export function Circuits({ circuits, typeName }: CircuitsProps) {
  const columns: Column<OpenCircuit>[] = [
    {
      id: 'connector',
      title: words.columns.connector,
      width: 220,
      render: ({ connector_name, connector_type_id }) => (
        <ConnectorName name={connector_name} typeId={connector_type_id} typeName={typeName(connector_type_id)} />
      ),
    },
    {
      id: 'state',
      title: words.columns.state,
      width: 128,
      render: ({ state }) =>
        state === 'open' ? (
          <Status tone="warning" icon="pause">
            {words.open}
          </Status>
        ) : (
          <Status tone="accent">{words.probing}</Status>
        ),
    },
    {
      id: 'reason',
      title: words.columns.reason,
      from: 640,
      render: ({ reason }) => {
        const text = reason === undefined ? words.noReason : tame(reason, 300);
        return <span title={text}>{text}</span>;
      },
    },
    {
      id: 'since',
      title: words.columns.since,
      width: 120,
      align: 'end',
      from: 720,
      render: ({ since }) => <RelativeTime at={since} />,
    },
    {
      id: 'next',
      title: words.columns.next,
      width: 120,
      align: 'end',
      from: 420,
      render: ({ probe_at }) => <RelativeTime at={probe_at} />,
    },
    {
      id: 'actions',
      title: words.columns.actions,
      isTitleHidden: true,
      width: 136,
      align: 'end',
      render: ({ connector_id, connector_name }) => (
        <Anchor
          inherit
          aria-label={words.fixOf(tame(connector_name, 80))}
          renderRoot={(props) => (
            <Link {...props} to="/connectors/$connectorId/config" params={{ connectorId: connector_id }} />
          )}
        >
          {words.fix}
        </Anchor>
      ),
    },
  ];
  return (
    <Section title={words.title} lead={words.lead} nothing={circuits?.length === 0 ? words.none : undefined}>
      <DataTable
        label={words.title}
        rows={circuits ?? []}
        rowId={(circuit) => circuit.connector_id}
        columns={columns}
        isLoading={circuits === undefined}
        skeletonRows={2}
      />
    </Section>
  );
}
