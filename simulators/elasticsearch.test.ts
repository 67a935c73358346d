import { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ELASTIC_API_KEY, ELASTIC_USER, elasticsearch } from './elasticsearch.ts';
import { type Simulator, startSimulator } from './harness.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator(elasticsearch);
});
afterAll(() => simulator.close());

const AUTH = { authorization: `Basic ${Buffer.from('elastic:changeme').toString('base64')}` };
const NDJSON = { 'content-type': 'application/x-ndjson' };

interface Answer {
  errors?: boolean;
  items?: Record<
    string,
    { status: number; _id: string; error?: { type: string; reason: string; caused_by?: { reason: string } } }
  >[];
  error?: { type: string; reason: string };
}

async function bulk(path: string, lines: unknown[], headers: Record<string, string> = { ...AUTH, ...NDJSON }) {
  const body = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  const response = await fetch(simulator.url + path, { method: 'POST', body, headers });
  return { status: response.status, json: (await response.json()) as Answer };
}

describe('accepts', () => {
  test('what the official client sends, and shows the documents', async () => {
    const client = new Client({
      node: simulator.url,
      auth: { username: ELASTIC_USER.user, password: ELASTIC_USER.password },
    });
    const answer = await client.bulk({
      index: 'official',
      refresh: true,
      operations: [{ index: { _id: '1' } }, { a: 1 }, { create: {} }, { a: 2 }, { delete: { _id: 'gone' } }],
    });
    expect(answer.errors).toBe(false);
    const found = await client.search({ index: 'official' });
    expect(found.hits.hits.map((hit) => hit._source)).toEqual([{ a: 1 }, { a: 2 }]);
    expect((await client.count({ index: 'official' })).count).toBe(2);
    await expect(client.search({ index: 'missing' })).rejects.toThrow('index_not_found_exception');
    await client.close();
  });

  test('an API key', async () => {
    expect(
      await bulk('/keys/_bulk', [{ create: {} }, { a: 1 }], { ...NDJSON, authorization: `ApiKey ${ELASTIC_API_KEY}` }),
    ).toMatchObject({
      status: 200,
      json: { errors: false },
    });
  });
});

describe('refuses the request', () => {
  test.each<[string, string, unknown[], number, string]>([
    ['an unknown parameter', '/a/_bulk?refrsh=true', [{ index: {} }, {}], 400, 'unrecognized parameter: [refrsh]'],
    ['an unknown refresh', '/a/_bulk?refresh=maybe', [{ index: {} }, {}], 400, 'Unknown value for refresh'],
    ['an unknown operation', '/a/_bulk', [{ upsert: {} }, {}], 400, 'Malformed action/metadata line [1]'],
    ['an action line that is no object', '/a/_bulk', ['"index"', {}], 400, 'Malformed action/metadata line [1]'],
    ['an unknown key in it', '/a/_bulk', [{ index: { id: '1' } }, {}], 400, 'unknown parameter [id]'],
    ['a missing document', '/a/_bulk', [{ index: {} }], 400, 'the document is missing'],
    ['nothing', '/a/_bulk', [''], 400, 'no requests added'],
    ['no index', '/_bulk', [{ index: {} }, {}], 400, 'index is missing'],
    ['another path', '/a/_bulkk', [], 400, 'no handler found'],
  ])('%s', async (_name, path, lines, status, reason) => {
    const answer = await bulk(path, lines);
    expect([answer.status, answer.json.error?.reason]).toEqual([status, expect.stringContaining(reason)]);
  });

  test('without credentials, with wrong ones, in another content type, unterminated', async () => {
    const lines = [{ index: {} }, {}];
    expect(await bulk('/a/_bulk', lines, NDJSON)).toMatchObject({
      status: 401,
      json: { error: { type: 'security_exception' } },
    });
    const wrong = { ...NDJSON, authorization: `Basic ${Buffer.from('elastic:no').toString('base64')}` };
    expect(await bulk('/a/_bulk', lines, wrong)).toMatchObject({
      status: 401,
      json: { error: { reason: 'unable to authenticate user [elastic] for REST request [/a/_bulk]' } },
    });
    expect(await bulk('/a/_bulk', lines, { ...AUTH, 'content-type': 'text/plain' })).toMatchObject({ status: 406 });
    const response = await fetch(`${simulator.url}/a/_bulk`, {
      method: 'POST',
      body: '{"index":{}}\n{}',
      headers: { ...AUTH, ...NDJSON },
    });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('terminated by a newline')]);
  });
});

describe('refuses single documents', () => {
  const errorsOf = async (path: string, lines: unknown[]) => {
    const { status, json } = await bulk(path, lines);
    expect([status, json.errors]).toEqual([200, true]);
    return json.items?.flatMap((item) =>
      Object.values(item).map(({ status: code, error }) => [code, error?.type, error?.reason]),
    );
  };

  test('a second create of an id; the rest is written', async () => {
    const create = { index: { op_type: 'create', _id: 'x' } };
    expect(
      await errorsOf('/conflict/_bulk', [create, { a: 1 }, create, { a: 2 }, { index: { _id: 'y' } }, { a: 3 }]),
    ).toEqual([
      [201, undefined, undefined],
      [
        409,
        'version_conflict_engine_exception',
        '[x]: version conflict, document already exists (current version [1])',
      ],
      [201, undefined, undefined],
    ]);
  });

  test('a value of another type than the field’s', async () => {
    const { json } = await bulk('/types/_bulk', [{ index: {} }, { n: 1 }, { index: { _id: 'b' } }, { n: 'abc' }]);
    expect(json.items?.[1]?.index).toMatchObject({
      status: 400,
      error: {
        type: 'document_parsing_exception',
        reason: expect.stringContaining("failed to parse field [n] of type [long] in document with id 'b'"),
        caused_by: { reason: 'For input string: "abc"' },
      },
    });
  });

  test('no object, bad index name, overloaded node, data stream', async () => {
    expect(await errorsOf('/plain/_bulk', [{ index: {} }, '"text"'])).toMatchObject([
      [400, 'document_parsing_exception', expect.any(String)],
    ]);
    expect(await errorsOf('/_bulk', [{ index: { _index: 'Upper' } }, {}])).toEqual([
      [400, 'invalid_index_name_exception', 'Invalid index name [Upper], must be lowercase'],
    ]);
    expect(await errorsOf('/overloaded/_bulk', [{ index: {} }, {}])).toMatchObject([
      [429, 'es_rejected_execution_exception', expect.any(String)],
    ]);
    expect(await errorsOf('/logs-app/_bulk', [{ index: {} }, {}, { create: {} }, {}])).toMatchObject([
      [400, 'illegal_argument_exception', expect.any(String)],
      [201, undefined, undefined],
    ]);
  });
});
