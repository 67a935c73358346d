import { describe, expect, test } from 'vitest';
import { settingsFrom } from './load.ts';

function problem(source: Record<string, unknown>): string {
  try {
    settingsFrom(source);
  } catch (error) {
    expect(error).toMatchObject({ code: 'setting_invalid' });
    return (error as Error).message;
  }
  return 'accepted';
}

describe('preconfigured connectors', () => {
  const entry = { name: 'Slack #xyz', actionTypeId: '.slack' };
  const preconfigured = (value: unknown) =>
    settingsFrom({ 'xpack.actions.preconfigured': value }).xpack.actions.preconfigured;

  test('config, secrets and exposeConfig have defaults', () => {
    expect(preconfigured({ a: entry })).toEqual({ a: { ...entry, config: {}, secrets: {}, exposeConfig: false } });
  });

  test('config and secrets are taken as they are', () => {
    const config = { url: 'https://x', nested: { list: [{ a: 1 }], flag: false, none: null } };
    expect(preconfigured({ a: { ...entry, config, secrets: { password: 5 }, exposeConfig: true } }).a).toEqual({
      ...entry,
      config,
      secrets: { password: 5 },
      exposeConfig: true,
    });
  });

  test('the order of the file is kept', () => {
    expect(Object.keys(preconfigured({ b: entry, a: entry }))).toEqual(['b', 'a']);
  });

  test('ids with dots: in brackets, or in JSON text, where header names keep their dots too', () => {
    expect(Object.keys(preconfigured({ '[my.id]': entry }))).toEqual(['my.id']);
    const json = JSON.stringify({
      'preconfigured.test.index-record': { ...entry, config: { 'custom.ssl.caFile': '/x' } },
    });
    expect(preconfigured(json)).toMatchObject({
      'preconfigured.test.index-record': { config: { 'custom.ssl.caFile': '/x' } },
    });
  });

  test.each([
    [
      { a: { actionTypeId: '.slack' } },
      '[xpack.actions.preconfigured.a.name]: expected value of type [string] but got [undefined].',
    ],
    [
      { a: { name: 'x' } },
      '[xpack.actions.preconfigured.a.actionTypeId]: expected value of type [string] but got [undefined].',
    ],
    [{ a: { ...entry, name: '' } }, '[xpack.actions.preconfigured.a.name]: value has length [0]'],
    [
      { a: { ...entry, isMissingSecrets: false } },
      '[xpack.actions.preconfigured.a.isMissingSecrets]: definition for this key is missing.',
    ],
    [
      { a: { ...entry, secret: { user: 'u' } } },
      '[xpack.actions.preconfigured.a.secret.user]: definition for this key is missing.',
    ],
    [{ a: { ...entry, actionTypeID: 'x' } }, 'Did you mean [xpack.actions.preconfigured.a.actionTypeId]?'],
    [
      { a: { ...entry, config: [] } },
      '[xpack.actions.preconfigured.a.config]: expected value of type [object] but got [Array].',
    ],
    [{ a: 'x' }, '[xpack.actions.preconfigured.a]: expected value of type [object] but got [string].'],
    [[entry], '[xpack.actions.preconfigured]: expected value of type [object] but got [Array].'],
    [{ 'my.id': entry }, 'An id with a dot needs square brackets in YAML: "[my.id]".'],
  ])('%j is refused', (value, text) => {
    expect(problem({ 'xpack.actions.preconfigured': value })).toContain(text);
  });

  test.each(['', '__proto__', 'constructor'])('the id "%s" is refused, in a map and in JSON text', (id) => {
    const json = `{"${id}": {"name": "x", "actionTypeId": ".slack"}}`;
    for (const value of [JSON.parse(json), json]) {
      expect(problem({ 'xpack.actions.preconfigured': value })).toContain(
        `[xpack.actions.preconfigured]: invalid preconfigured action id "${id}"`,
      );
    }
  });
});
