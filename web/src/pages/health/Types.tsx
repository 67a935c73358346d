import type { HealthReport, Percentiles, QueueStats, Results } from '../../api/health.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { formatDuration, formatNumber, formatPercent } from '../../ui/format.ts';
import { Status, type Tone } from '../../ui/Status.tsx';
import { healthWords } from '../../words/health.ts';
import { ConnectorName } from './ConnectorName.tsx';
import { typeOfTask } from './findings.ts';
import { Section } from './Section.tsx';

const words = healthWords.types;

interface TypeRow {
  readonly id: string;
  readonly queued: number;
  readonly claimed: number;
  readonly delay?: Percentiles;
  readonly duration?: Percentiles;
  readonly results?: Results;
}

interface TypesProps {
  readonly report: HealthReport;
  readonly queue: QueueStats | undefined;
  readonly typeName: (id: string) => string;
}

/** What waits and how the latest attempts went, by connector type. */
export function Types({ report, queue, typeName }: TypesProps) {
  const rows = rowsOf(report, queue).toSorted((a, b) => typeName(a.id).localeCompare(typeName(b.id)));
  const columns: Column<TypeRow>[] = [
    {
      id: 'type',
      title: words.columns.type,
      render: ({ id }) => <ConnectorName name={typeName(id)} typeId={id} typeName={typeName(id)} />,
    },
    {
      id: 'queued',
      title: words.columns.queued,
      width: 88,
      align: 'end',
      from: 340,
      render: ({ queued }) => formatNumber(queued),
    },
    {
      id: 'claimed',
      title: words.columns.claimed,
      width: 88,
      align: 'end',
      from: 560,
      render: ({ claimed }) => formatNumber(claimed),
    },
    {
      id: 'delay',
      title: words.columns.delay,
      width: 152,
      align: 'end',
      from: 760,
      render: ({ delay }) => <Spread of={delay} />,
    },
    {
      id: 'duration',
      title: words.columns.duration,
      width: 152,
      align: 'end',
      from: 640,
      render: ({ duration }) => <Spread of={duration} />,
    },
    {
      id: 'failing',
      title: words.columns.failing,
      width: 136,
      align: 'end',
      render: ({ results }) => <Failing results={results} />,
    },
  ];
  return (
    <Section title={words.title} lead={words.lead} nothing={rows.length === 0 ? words.none : undefined}>
      <DataTable label={words.title} rows={rows} rowId={(row) => row.id} columns={columns} />
    </Section>
  );
}

function rowsOf({ stats }: HealthReport, queue: QueueStats | undefined): TypeRow[] {
  const runtime = stats?.runtime.value;
  const results = runtime?.execution.result_frequency_percent_as_number ?? {};
  const ids = new Set([...Object.keys(queue?.by_type ?? {}), ...Object.keys(results).map(typeOfTask)]);
  return [...ids].map((id) => {
    const task = Object.keys(results).find((name) => typeOfTask(name) === id) ?? '';
    return {
      id,
      queued: queue?.by_type[id]?.queued ?? 0,
      claimed: queue?.by_type[id]?.claimed ?? 0,
      delay: runtime?.drift_by_type[task],
      duration: runtime?.execution.duration[task],
      results: results[task],
    };
  });
}

function Spread({ of }: { of: Percentiles | undefined }) {
  if (of === undefined) return words.unknown;
  return <span title={words.percentilesHint}>{words.percentiles(formatDuration(of.p50), formatDuration(of.p95))}</span>;
}

const TONES: Readonly<Record<Results['status'], Tone>> = { OK: 'neutral', warn: 'warning', error: 'failure' };

function Failing({ results }: { results: Results | undefined }) {
  if (results === undefined) return words.unknown;
  const failing = results.Failed + results.RetryScheduled;
  // A few failures among few attempts are no reason to worry, but no good news either.
  const isFine = results.status === 'OK';
  return (
    <Status tone={failing === 0 ? 'success' : TONES[results.status]} icon={isFine && failing > 0 ? 'info' : undefined}>
      {formatPercent(failing / 100)}
    </Status>
  );
}
