import { z } from 'zod';
import { PatchbayError } from '../../errors.ts';
import { KIBANA_VERSION, PATCHBAY_VERSION } from '../../version.ts';
import { refusals } from '../answers.ts';
import { defineRoute, type Route } from '../route.ts';

export interface StatusParts {
  readonly name: string;
  /** Stable over restarts, one per installation. */
  readonly uuid: string;
  readonly allowAnonymous: boolean;
  readonly isDatabaseAvailable: () => boolean;
}

const flag = z.enum(['', 'true', 'false']).optional();
const statusQuery = z.strictObject({ v7format: flag, v8format: flag });
const isOn = (value: string | undefined) => value !== undefined && value !== 'false';

const level = z.enum(['available', 'degraded', 'unavailable', 'critical']);
type Level = z.infer<typeof level>;
const statusAnswer = z.looseObject({
  name: z.string().optional(),
  uuid: z.string().optional(),
  version: z.looseObject({ number: z.string(), build_flavor: z.string() }).optional(),
  status: z.looseObject({ overall: z.object({ level, summary: z.string().optional() }) }),
});

/**
 * `GET /api/status`, in Kibana's shape: clients read the version from it. Callers without credentials learn only
 * whether the server is up; wrong credentials are refused like everywhere else.
 */
export function statusRoute(parts: StatusParts): Route {
  return defineRoute({
    method: 'GET',
    path: '/api/status',
    summary: 'Tell whether the server is up, and its version',
    description: 'Without credentials only `status.overall.level` is answered.',
    tag: 'server',
    isOpen: true,
    query: statusQuery,
    answers: {
      200: { description: 'The server is up.', schema: statusAnswer },
      400: refusals[400],
      401: refusals[401],
      503: { description: 'The database does not answer; the body is the same.', schema: statusAnswer },
    },
    handler: ({ principal, query, reply }) => {
      if (isOn(query.v7format) && isOn(query.v8format)) {
        throw new PatchbayError('bad_request', '[request query]: provide only one format option: v7format or v8format');
      }
      const up = parts.isDatabaseAvailable();
      if (!up) reply.code(503);
      const overall: Level = up ? 'available' : 'unavailable';
      if (principal === null && !parts.allowAnonymous) return { status: { overall: { level: overall } } };
      return fullStatus(parts, overall, up ? 'All services are available' : 'The database does not answer');
    },
  });
}

function fullStatus(parts: StatusParts, level: Level, summary: string): z.infer<typeof statusAnswer> {
  const memory = process.memoryUsage();
  const state = { level, summary };
  return {
    name: parts.name,
    uuid: parts.uuid,
    version: {
      number: KIBANA_VERSION,
      build_hash: 'patchbay',
      build_number: 0,
      build_snapshot: false,
      build_flavor: 'traditional',
      build_date: '2025-01-01T00:00:00.000Z',
    },
    status: {
      overall: state,
      core: {
        // Kibana's clients look for these two; here both are the one database.
        elasticsearch: state,
        savedObjects: state,
      },
      plugins: { actions: state },
    },
    metrics: {
      last_updated: new Date().toISOString(),
      process: {
        pid: process.pid,
        uptime_in_millis: process.uptime() * 1000,
        memory: {
          heap: { total_in_bytes: memory.heapTotal, used_in_bytes: memory.heapUsed },
          resident_set_size_in_bytes: memory.rss,
        },
      },
    },
    patchbay: { version: PATCHBAY_VERSION },
  };
}
