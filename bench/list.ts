import { request } from 'undici';
import { call, HEADERS, PASSWORD } from './client.ts';
import type { Figure } from './figure.ts';
import { median } from './load.ts';
import { startServer } from './processes.ts';

const CONNECTORS = 10_000;
const LIMIT_MS = 150;

/** The list of 10,000 connectors, as the console and Terraform's data source fetch it. */
export async function benchList(dataDir: string): Promise<Figure[]> {
  const server = await startServer(dataDir, PASSWORD);
  try {
    await createConnectors(server.url, CONNECTORS);
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < 15; round += 1) {
      const started = performance.now();
      const { body } = await request(`${server.url}/api/actions/connectors`, { headers: HEADERS });
      const text = await body.text();
      times.push(performance.now() - started);
      bytes = text.length;
    }
    const value = median(times.slice(3));
    return [
      {
        name: `list of ${CONNECTORS.toLocaleString('en')} connectors, median`,
        value,
        unit: 'ms',
        reference: `${(bytes / 1e6).toFixed(1)} MB of JSON`,
        limit: `under ${LIMIT_MS} ms`,
        holds: value < LIMIT_MS,
      },
    ];
  } finally {
    await server.child.stop();
  }
}

/** Twenty at a time; takes some seconds for thousands. */
export async function createConnectors(url: string, count: number): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (;;) {
      const number = next;
      next += 1;
      if (number >= count) return;
      await call(url, 'POST', '/api/actions/connector', {
        name: `Connector ${number}`,
        connector_type_id: '.webhook',
        config: { url: `https://hooks.example.com/${number}`, headers: { 'Content-Type': 'application/json' } },
        secrets: { user: 'patchbay', password: `secret of ${number}` },
      });
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
}
