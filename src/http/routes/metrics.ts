import { METRICS_CONTENT_TYPE, type Metrics } from '../../events/metrics.ts';
import { currentStats } from '../../queue/current-stats.ts';
import type { Queue } from '../../queue/types.ts';
import { refusals } from '../answers.ts';
import { defineRoute, type Route } from '../route.ts';

export interface MetricsParts {
  readonly metrics: Pick<Metrics, 'render'>;
  readonly queue: Pick<Queue, 'stats'>;
  readonly isDatabaseAvailable: () => boolean;
}

/** `GET /metrics` for Prometheus. Whoever is signed in may read it; it answers without the database, too. */
export function metricsRoute({ metrics, queue, isDatabaseAvailable }: MetricsParts): Route {
  return defineRoute({
    method: 'GET',
    path: '/metrics',
    summary: 'Scrape the metrics of this node',
    description: 'The text format of Prometheus. While the database is away the gauges of the queue are left out.',
    tag: 'server',
    answers: {
      200: { description: 'Metrics in the text format of Prometheus.', contentType: METRICS_CONTENT_TYPE },
      400: refusals[400],
      401: refusals[401],
    },
    handler: async () => {
      const stats = await currentStats(queue, isDatabaseAvailable);
      return metrics.render({ queue: stats, isDatabaseUp: isDatabaseAvailable() });
    },
  });
}
