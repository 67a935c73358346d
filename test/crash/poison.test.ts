import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Server, startServer, temporaryFolder } from '../process/child.ts';
import { MAX_ATTEMPTS, SETTINGS } from './faults.ts';
import { seenByApi, settled } from './final.ts';
import { newHistory } from './history.ts';
import { createConnectors, startTargets } from './targets.ts';

/** Ends the server that runs it, as a defect in native code would. */
const poisonous = (end: string) => `
export default ({ defineConnectorType, action, z, f }) => defineConnectorType({
  id: 'my-poison', name: 'Poison', description: 'For tests.', category: 'generic', features: ['alerting'],
  minimumLicense: 'basic', sample: { config: { url: 'http://x.example' }, secrets: {}, params: { marker: 'x' } },
  config: z.strictObject({ url: f.url('URL') }), secrets: z.strictObject({}), style: 'flat',
  actions: {
    run: action(z.strictObject({ marker: f.text('Marker') }), async ({ params, http, execution }) => {
      if (params.marker === 'poison') ${end};
      await http.post('', { json: params, headers: { 'idempotency-key': execution.id } });
    }),
  },
});`;

test.each([
  ['exits', 'process.exit(3)'],
  ['is killed', "process.kill(process.pid, 'SIGKILL')"],
])(
  'an action whose server %s fails once its attempts are used up, and all others are delivered',
  async (_how, end) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'types'));
    await writeFile(join(folder, 'types', 'poison.ts'), poisonous(end));
    const history = newHistory();
    const url = await startTargets(history);
    const env = {
      ...SETTINGS,
      // Suspects are tried one by one, each at the next look.
      XPACK_TASK_MANAGER_POLL_INTERVAL: '100',
      PATCHBAY_CONNECTORTYPES: JSON.stringify([join(folder, 'types', 'poison.ts')]),
    };
    let starts = 0;
    /** As a supervisor would: again, when it ends before it is ready. */
    async function begin(): Promise<Server> {
      for (;;) {
        starts += 1;
        expect(starts).toBeLessThan(10);
        const server = await startServer(join(folder, 'data'), { env }).catch((error: Error) => error);
        if (!(server instanceof Error)) return server;
        expect(server.message).toContain('it ended before it was ready');
      }
    }

    let server = await begin();
    await createConnectors(server, url);
    const made = await server.call('POST', '/api/actions/connector/poison', {
      name: 'Poison',
      connector_type_id: 'my-poison',
      config: { url: `${url}/good` },
    });
    expect(made.status, JSON.stringify(made.body)).toBe(200);
    const markers = Array.from({ length: 20 }, (_, n) => (n === 5 ? 'poison' : `m${n}`));
    const actions = markers.map((marker, n) =>
      n % 2 === 1 ? { id: 'poison', params: { marker } } : { id: 'good', params: { body: JSON.stringify({ marker }) } },
    );
    // Not at once, or the answer would be lost with the server.
    const start_at = new Date(Date.now() + 1_000).toISOString();
    const enqueued = await server.call('POST', '/api/actions/_bulk_enqueue', {
      actions: actions.map((action) => ({ ...action, start_at })),
    });
    expect(enqueued.body).toMatchObject({ errors: false });
    const ids: string[] = enqueued.body.items.map((item: { execution_id: string }) => item.execution_id);

    // A supervisor: whenever it ends, it is started again.
    let isDone = false;
    const done = settledUnder(() => server).finally(() => {
      isDone = true;
    });
    while (!isDone) {
      const ended = await Promise.race([server.ended, done.then(() => undefined)]);
      if (ended === undefined) break;
      server = await begin();
    }
    await done;

    const { details } = await seenByApi(server, history);
    const poison = details.get(ids[5]!)!;
    expect(poison).toMatchObject({ status: 'failed', code: 'interrupted' });
    expect(poison.attempts.length).toBeLessThanOrEqual(MAX_ATTEMPTS);
    expect(starts).toBeGreaterThan(1);
    const others = ids.filter((_, n) => n !== 5).map((id) => details.get(id)?.status);
    expect(others).toEqual(Array(19).fill('succeeded'));
    const received = new Set(history.deliveries.filter(({ status }) => status === 200).map(({ marker }) => marker));
    expect(markers.filter((marker) => !received.has(marker))).toEqual(['poison']);
  },
  90_000,
);

/** Waits for the end of everything, whichever server is there to ask. */
async function settledUnder(server: () => Server): Promise<void> {
  await settled({ call: (...request) => server().call(...request) });
}
