import { expect, test } from 'vitest';
import { nearestName } from './nearest.ts';

const known = ['xpack.actions.allowedHosts', 'xpack.actions.proxyUrl', 'server.port', 'id'];

test.each([
  ['xpack.actions.alowedHosts', 'xpack.actions.allowedHosts'],
  ['xpack.actions.allowedHostss', 'xpack.actions.allowedHosts'],
  ['xpack.actions.allowed_hosts', 'xpack.actions.allowedHosts'],
  ['xpack.actions.proxy.url', 'xpack.actions.proxyUrl'],
  ['SERVER_PORT', 'server.port'],
  ['server.prt', 'server.port'],
])('%s was meant to be %s', (name, expected) => {
  expect(nearestName(name, known)).toBe(expected);
});

test.each(['server.cors', 'xpack.fleet.enabled', 'x', 'ix', ''])('%s is near to nothing', (name) => {
  expect(nearestName(name, known)).toBeUndefined();
});
