import { describe, expect, test } from 'vitest';
import { renderParams, variablesOf } from './params.ts';
import type { Incident } from './types.ts';

const incident: Incident = {
  kind: 'failures',
  spaceId: 'default',
  connectorId: 'crm',
  connectorTypeId: '.webhook',
  connectorName: 'CRM "main" <b>',
  reason: 'it said\n  "no" & <left>',
  failures: 5,
  since: new Date('2026-01-02T03:04:05Z'),
  executionId: '0198-1',
  suppressed: 0,
};
const at = new Date('2026-01-02T04:00:00Z');
const variables = variablesOf(incident, [], at);
const anything = () => undefined;

describe('params of the setting', () => {
  test('variables are replaced in every string at any depth, as plain text', () => {
    const template = { subject: '{{kind}}: {{connector_name}}', deep: [{ text: ['{{reason}}', 5, null, true] }] };
    expect(renderParams(template, '.email', variables, anything)).toEqual({
      params: {
        subject: 'failures: CRM "main" <b>',
        deep: [{ text: ['it said "no" & <left>', 5, null, true] }],
      },
    });
  });

  test('json gives whole values that stay JSON whatever they hold', () => {
    const { params } = renderParams(
      { body: '{"text": {{json.reason}}, "all": {{json}}}' },
      '.webhook',
      variables,
      anything,
    );
    expect(JSON.parse(String(params?.body))).toEqual({ text: 'it said "no" & <left>', all: variables });
  });

  test('a value that looks like a template stays what it is', () => {
    const nasty = variablesOf({ ...incident, reason: '{{json}} {{{kind}}}' }, [], at);
    expect(renderParams({ message: '{{reason}}' }, '.slack', nasty, anything).params).toEqual({
      message: '{{json}} {{{kind}}}',
    });
  });

  test.each([
    [
      'that fit the type are used',
      { text: 'x {{kind}}' },
      (p: object) => ('text' in p ? undefined : 'no text'),
      'x failures',
      undefined,
    ],
    [
      'that do not fit give way to the default',
      { txt: 'x' },
      (p: object) => ('message' in p ? undefined : 'no message'),
      variables.summary,
      'no message',
    ],
    [
      'that are no template give way to the default',
      { text: '{{#open}' },
      anything,
      variables.summary,
      expect.stringContaining('template'),
    ],
  ])('%s', (_name, template, fits, text, problem) => {
    const rendered = renderParams(template, '.slack', variables, fits);
    expect(Object.values(rendered.params ?? {})).toEqual([text]);
    expect(rendered.problem).toEqual(problem);
  });

  test('without params, a type that has no default has a problem', () => {
    expect(renderParams({}, '.email', variables, anything)).toEqual({
      problem: 'a notice through a connector of the type .email needs params',
    });
  });
});

describe('the summary', () => {
  test('is one sentence that names connector, reason and time', () => {
    expect(variables.summary).toBe(
      'The last 5 runs of connector "CRM "main" <b>" (crm, .webhook) failed; trouble began 2026-01-02T03:04:05.000Z. The last failure: it said "no" & <left>.',
    );
  });

  test('says when an open circuit is tried, what was held back, where else it was sent, and in which space', () => {
    const { summary } = variablesOf(
      { ...incident, kind: 'circuit_open', spaceId: 'ops', probeAt: at, suppressed: 12, reason: undefined },
      ['It could not be sent through "pager": gone.'],
      at,
    );
    expect(summary).toBe(
      'The circuit of connector "CRM "main" <b>" (crm, .webhook) in space "ops" is open since 2026-01-02T03:04:05.000Z: its actions wait, and one is tried at 2026-01-02T04:00:00.000Z. 12 more of this kind were held back since the last notice. It could not be sent through "pager": gone.',
    );
  });

  test.each([
    ['run', 'A run of connector'],
    ['circuit', 'The circuit of connector'],
  ] as const)('of a recovery by a %s', (recoveredBy, start) => {
    expect(variablesOf({ ...incident, kind: 'recovered', recoveredBy }, [], at).summary).toMatch(
      new RegExp(`^${start}`),
    );
  });

  test('long texts are cut', () => {
    const { summary } = variablesOf(
      { ...incident, reason: 'x'.repeat(50_000), connectorName: 'y'.repeat(5_000) },
      [],
      at,
    );
    expect(summary!.length).toBeLessThan(2_000);
  });
});
