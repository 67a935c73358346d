import { useQuery } from '@tanstack/react-query';
import { connectorTypesQuery } from '../../api/connectors.ts';
import { healthQuery, queueStatsQuery } from '../../api/health.ts';
import { Failure } from '../../ui/Failure.tsx';
import { Page } from '../../ui/Page.tsx';
import { healthWords as words } from '../../words/health.ts';
import { Circuits } from './Circuits.tsx';
import { FailingConnectors } from './FailingConnectors.tsx';
import { Figures } from './Figures.tsx';
import { findingsOf } from './findings.ts';
import { HealthSkeleton } from './HealthSkeleton.tsx';
import classes from './health.module.css';
import { Overall } from './Overall.tsx';
import { QueueCharts } from './QueueCharts.tsx';
import { useSamples } from './samples.ts';
import { Throughput } from './Throughput.tsx';
import { Types } from './Types.tsx';

/** How background execution is doing, at a glance, and what to do when it is not well. */
export function HealthPage() {
  const health = useQuery(healthQuery);
  const queue = useQuery(queueStatsQuery);
  const { data: types } = useQuery(connectorTypesQuery);
  const samples = useSamples(queue.data, health.data);
  const report = health.data;
  // Both at once: the second would push down what the first has drawn.
  const isReady = report !== undefined && (queue.data !== undefined || queue.isError);
  const typeName = (id: string) => types?.find((type) => type.id === id)?.name ?? id;
  const failures = [
    health.isError && <Failure key="h" title={words.loadFailed} error={health.error} onRetry={health.refetch} />,
    queue.isError && <Failure key="q" title={words.queueFailed} error={queue.error} onRetry={queue.refetch} />,
  ];
  return (
    <Page title={words.title} lead={words.lead}>
      {failures}
      {!isReady && !health.isError && <HealthSkeleton />}
      {report !== undefined && isReady && (
        <>
          <Overall report={report} queue={queue.data} findings={findingsOf(report, queue.data, typeName)} />
          <Figures report={report} queue={queue.data} />
          <div className={classes.charts}>
            <Throughput />
            <QueueCharts samples={samples} />
          </div>
          <Circuits circuits={queue.data?.open_circuits} typeName={typeName} />
          <FailingConnectors typeName={typeName} />
          <Types report={report} queue={queue.data} typeName={typeName} />
        </>
      )}
    </Page>
  );
}
