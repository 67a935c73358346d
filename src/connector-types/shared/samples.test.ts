import { expect, test } from 'vitest';
import { httpServer } from '../../../test/support/http-servers.ts';
import esIndex from '../es-index/index.ts';
import slack from '../slack/index.ts';
import webhook from '../webhook/index.ts';
import { tryType } from './testing.ts';

test.each([webhook, slack, esIndex].map((type) => [type.id, type] as const))(
  'the sample of %s leads to the request it names',
  async (_id, type) => {
    const target = await httpServer();
    const { config, secrets, params, expect: expected } = type.sample;
    const given = JSON.stringify({ config, secrets, params }).replaceAll(/https:\/\/[a-z.]+/g, target.origin);
    await tryType(type, { ...JSON.parse(given), elasticsearch: { hosts: [target.origin] } });

    const [request] = target.seen;
    expect(request).toMatchObject({ method: expected?.method, url: expected?.url, headers: expected?.headers ?? {} });
    if (expected?.body !== undefined) expect(JSON.parse(request?.body ?? '')).toEqual(expected.body);
  },
);
