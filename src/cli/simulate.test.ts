import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { simulators } from '../../simulators/index.ts';
import { BUILT_IN_TYPES } from '../connector-types/index.ts';
import { checkContext } from '../connector-types/shared/testing.ts';
import { paramsProblem } from '../connectors/params-problem.ts';
import { oneLine, requestLine, simulate, simulateCommand } from './simulate.ts';

describe('lines', () => {
  test('what arrives cannot steer the terminal', () => {
    expect(oneLine('a\u001b[31mred\r\nb\u202ec\u2028d\u0000\u009be')).toBe('a·[31mred·b·c·d·e');
    expect(oneLine('x'.repeat(1_000))).toHaveLength(301);
    const entry = {
      at: '2030-01-02T12:30:05.000Z',
      method: 'POST',
      path: '/a',
      query: new URLSearchParams(),
      headers: {},
      text: '',
      status: 0,
      note: 'x',
    };
    expect(requestLine('slack', entry)).toBe('12:30:05 slack  POST /a (no answer)  x');
  });
});

describe('examples', () => {
  const examples = simulators.flatMap(({ examples }) =>
    examples({ http: 'http://127.0.0.1:1', smtp: 'smtp://127.0.0.1:2' }),
  );

  test.each(examples)('$name fits its connector type', ({ connector_type_id, config, secrets, params }) => {
    const type = BUILT_IN_TYPES.find(({ id }) => id === connector_type_id);
    expect(type?.config.safeParse(config).error).toBeUndefined();
    expect(type?.secrets.safeParse(secrets).error).toBeUndefined();
    expect(type).toBeDefined();
    expect(paramsProblem(type!, params, checkContext())).toBeUndefined();
  });
});

describe('simulate', () => {
  test('prints how to use every simulator, and each message', async () => {
    const lines: string[] = [];
    const running = await simulate([], { port: 0, host: '127.0.0.1' }, (line) => lines.push(line));
    try {
      expect(running).toHaveLength(simulators.length);
      for (const { title } of simulators) expect(lines.join('\n')).toContain(title);

      await fetch(`${running[0]?.url}/hook`, { method: 'POST', body: 'line 1\nline 2' });
      expect(lines.at(-1)).toMatch(/^\d\d:\d\d:\d\d webhook {2}POST \/hook 200 {2}line 1·line 2$/);

      const example = lines.find((line) => line.includes('.slack')) ?? '';
      const [, body] = /-d '(.*?)' http/.exec(example) ?? [];
      expect(JSON.parse(body ?? '')).toMatchObject({
        connector_type_id: '.slack',
        secrets: { webhookUrl: expect.stringContaining('/services/') },
      });
      const yaml = parse(example.slice(example.indexOf('  xpack.actions.preconfigured'))) as Record<string, unknown>;
      expect(yaml['xpack.actions.preconfigured']).toMatchObject({ 'slack-simulator': { actionTypeId: '.slack' } });
    } finally {
      await Promise.all(running.map((simulator) => simulator.close()));
    }
  });

  test('starts only the named ones, and says when a port is taken', async () => {
    const ignore = () => undefined;
    const running = await simulate(['slack', 'oauth'], { port: 0, host: '127.0.0.1' }, ignore);
    expect(running).toHaveLength(2);
    const port = Number(new URL(running[0]!.url).port);
    await expect(simulate(['slack'], { port, host: '127.0.0.1' }, ignore)).rejects.toThrow(
      `127.0.0.1:${port} is already in use. Choose another`,
    );
    await Promise.all(running.map((simulator) => simulator.close()));
  });

  test.each([[['nope']], [['--port', '70000']], [['--port', '1x']]])('refuses %j', async (args) => {
    const command = simulateCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    await expect(command.parseAsync(args, { from: 'user' })).rejects.toMatchObject({
      code: 'commander.invalidArgument',
    });
  });
});
