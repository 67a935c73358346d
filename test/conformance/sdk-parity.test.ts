import { Client } from '@elastic/elasticsearch';
import { IncomingWebhook } from '@slack/webhook';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { answering, type Seen } from './http-target.ts';
import { everyType, type Subject, subjectsOf } from './subjects.ts';
import { attempt, openWorld, type World } from './world.ts';

/** The same task, once by the vendor's own client and once by ours, against a server that keeps what it gets. */

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(() => world.forget());
afterAll(() => world.close());

async function subject(id: string): Promise<Subject> {
  const type = (await everyType()).find((candidate) => candidate.id === id);
  return subjectsOf(type!)[0]!;
}

const mediaType = ({ headers }: Seen) => headers['content-type']?.split(';', 1)[0];

test('.slack sends what @slack/webhook sends', async () => {
  world.http.script = answering({ body: 'ok' });
  const message = 'Disk of *host-1* is <93 %> full & "hot" 👩‍🚒\n\\ new line';
  const { placed } = await attempt(world, await subject('.slack'), { change: () => ({ params: { message } }) });
  await new IncomingWebhook(String(placed.secrets.webhookUrl)).send({ text: message });

  const [ours, theirs] = world.http.seen;
  expect({ method: ours?.method, url: ours?.url, body: ours?.body, type: mediaType(ours!) }).toEqual({
    method: theirs?.method,
    url: theirs?.url,
    body: theirs?.body,
    type: mediaType(theirs!),
  });
});

test('.index sends what @elastic/elasticsearch sends', async () => {
  const documents = [
    { host: 'host-1', disk: 93 },
    { text: 'ä👩‍🚒\n"\\', nested: { list: [1, null, true], 'a.b': '' } },
  ];
  const items = documents.map((_document, n) => ({ create: { _index: 'disk-alerts', _id: String(n), status: 201 } }));
  world.http.script = answering({
    body: { took: 1, errors: false, items },
    headers: { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' },
  });
  const { verdict, placed } = await attempt(world, await subject('.index'), {
    change: () => ({ params: { documents } }),
  });
  expect(verdict).toMatchObject({ outcome: 'delivered' });

  // The id is ours: it makes a repetition harmless. Whoever asks the client for the same ids sends the same request.
  const actions = world.http.seen[0]!.body.split('\n').filter((_line, n) => n % 2 === 0 && n < documents.length * 2);
  const ids = actions.map((line) => (JSON.parse(line) as { index: { _id: string } }).index._id);
  const { username, password } = placed.elasticsearch;
  const client = new Client({ node: world.http.origin, auth: { username: username!, password: password! } });
  await client.bulk({
    index: 'disk-alerts',
    refresh: false,
    operations: documents.flatMap((document, n) => [
      { index: { op_type: 'create', _id: ids[n]! } as object },
      document,
    ]),
  });
  await client.close();

  const [ours, theirs] = world.http.seen;
  expect({ method: ours?.method, url: ours?.url, body: ours?.body }).toEqual({
    method: theirs?.method,
    url: theirs?.url,
    body: theirs?.body,
  });
  expect(ours?.headers.authorization).toBe(theirs?.headers.authorization);
  // OpenSearch refuses the client's own media type and takes this one, as Elasticsearch does.
  expect([mediaType(ours!), mediaType(theirs!)]).toEqual([
    'application/x-ndjson',
    'application/vnd.elasticsearch+x-ndjson',
  ]);
});
