import { z } from 'zod';
import type { Health } from '../../queue/health.ts';
import { refusals } from '../answers.ts';
import { defineRoute, type Route } from '../route.ts';

const status = z.enum(['OK', 'warn', 'error']);
const section = z.object({
  timestamp: z.iso.datetime(),
  status,
  reason: z.string().optional(),
  value: z.record(z.string(), z.unknown()),
});

const healthAnswer = z.object({
  id: z.string(),
  timestamp: z.iso.datetime(),
  status,
  reason: z.string().optional().describe('What is wrong and what to do; left out when all is well.'),
  last_update: z.iso.datetime().optional().describe('When the queue was last counted.'),
  stats: z
    .object({ configuration: section, runtime: section, workload: section, capacity_estimation: section })
    .optional()
    .describe('Left out until the queue was counted for the first time.'),
});

/** `GET /api/task_manager/_health`, in Kibana's shape. Whoever is signed in may read it. */
export function healthRoute({ health }: { health: Pick<Health, 'report'> }): Route {
  return defineRoute({
    method: 'GET',
    path: '/api/task_manager/_health',
    summary: 'Tell how background execution is doing',
    description:
      'Of the node that answers. The HTTP status is 200 whatever `status` says. Failed attempts count as failures: ' +
      'use it for alerts, and `/api/status` to decide whether the server must be restarted.',
    tag: 'server',
    answers: {
      200: { description: 'The report, good or bad.', schema: healthAnswer },
      400: refusals[400],
      401: refusals[401],
    },
    handler: () => health.report(),
  });
}
