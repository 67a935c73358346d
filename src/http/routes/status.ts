import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { PatchbayError } from '../../errors.ts';
import { KIBANA_VERSION, PATCHBAY_VERSION } from '../../version.ts';
import { validateRequestPart } from '../validate-request.ts';

export interface StatusParts {
  readonly name: string;
  /** Stable over restarts, one per installation. */
  readonly uuid: string;
  readonly allowAnonymous: boolean;
  readonly isDatabaseAvailable: () => boolean;
}

type Level = 'available' | 'degraded' | 'unavailable' | 'critical';

const flag = z.enum(['', 'true', 'false']).optional();
const statusQuery = z.strictObject({ v7format: flag, v8format: flag });
const isOn = (value: string | undefined) => value !== undefined && value !== 'false';

/**
 * `GET /api/status`, in Kibana's shape: clients read the version from it. Callers without credentials learn only
 * whether the server is up; wrong credentials are refused like everywhere else.
 */
export function addStatusRoute(server: FastifyInstance, parts: StatusParts): void {
  server.get('/api/status', { config: { public: 'optional' } }, (request, reply) => {
    const query = validateRequestPart('query', statusQuery, request.query);
    if (isOn(query.v7format) && isOn(query.v8format)) {
      throw new PatchbayError('bad_request', '[request query]: provide only one format option: v7format or v8format');
    }
    const up = parts.isDatabaseAvailable();
    const level: Level = up ? 'available' : 'unavailable';
    const summary = up ? 'All services are available' : 'The database does not answer';
    reply.code(up ? 200 : 503);
    if (request.principal === null && !parts.allowAnonymous) return reply.send({ status: { overall: { level } } });
    return reply.send(fullStatus(parts, level, summary));
  });
}

function fullStatus(parts: StatusParts, level: Level, summary: string): Record<string, unknown> {
  const memory = process.memoryUsage();
  const service = { level, summary };
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
      overall: service,
      core: {
        // Kibana's clients look for these two; here both are the one database.
        elasticsearch: service,
        savedObjects: service,
      },
      plugins: { actions: service },
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
