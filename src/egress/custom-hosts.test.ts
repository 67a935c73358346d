import { describe, expect, test } from 'vitest';
import { type CustomHostSetting, prepareCustomHosts } from './custom-hosts.ts';
import { createTlsRules } from './tls.ts';

function prepare(list: CustomHostSetting[], files: Record<string, string> = {}) {
  const warnings: string[] = [];
  const read = (path: string) => {
    const content = files[path];
    if (content === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
    return content;
  };
  const hosts = prepareCustomHosts(list, read, (message) => warnings.push(message));
  return { hosts, warnings };
}

const P = 'In configuration xpack.actions.customHosts,';

describe('entries', () => {
  test('are stored under their canonical URL', () => {
    const { hosts, warnings } = prepare([
      { url: 'https://Example.com' },
      { url: 'https://example.com:8443/' },
      { url: 'smtp://Mail.example' },
      { url: 'smtp://mail.example:587' },
    ]);
    expect([...hosts.keys()]).toEqual([
      'https://example.com:443',
      'https://example.com:8443',
      'smtp://mail.example:25',
      'smtp://mail.example:587',
    ]);
    expect(warnings).toEqual([]);
  });

  test.each([
    ['nonsense', `${P} invalid URL "nonsense", ignoring; error: Invalid URL`],
    ['smtp://:25', `${P} invalid URL "smtp://:25", ignoring; error: Invalid URL`],
    ['http://example.com', `${P} unsupported protocol used in URL "http://example.com", ignoring`],
    ['https://example.com:0', `${P} unable to determine port for URL "https://example.com:0", ignoring`],
  ])('%s is dropped', (url, warning) => {
    const { hosts, warnings } = prepare([{ url }]);
    expect(hosts.size).toBe(0);
    expect(warnings).toEqual([warning]);
  });

  test.each([
    [
      'https://bob:secret@example.com',
      `${P} URL "https://●●●@example.com" contains authentication information which will be ignored, but should be removed from the configuration`,
    ],
    ['https://example.com#a', `${P} URL "https://example.com#a" contains hash information which will be ignored`],
    ['https://example.com/a', `${P} URL "https://example.com/a" contains path information which will be ignored`],
  ])('%s is kept', (url, warning) => {
    const { hosts, warnings } = prepare([{ url }]);
    expect([...hosts.keys()]).toEqual(['https://example.com:443']);
    expect(warnings).toEqual([warning]);
  });

  test('smtp flags belong to smtp, and exclude each other', () => {
    const { hosts, warnings } = prepare([
      { url: 'https://example.com', smtp: { ignoreTLS: true } },
      { url: 'smtp://example.com', smtp: { ignoreTLS: true, requireTLS: true } },
      { url: 'smtp://example.com:26', smtp: { ignoreTLS: true } },
    ]);
    expect(hosts.get('https://example.com:443')?.smtp).toBeUndefined();
    expect(hosts.get('smtp://example.com:25')?.smtp).toEqual({ ignoreTls: false, requireTls: true });
    expect(hosts.get('smtp://example.com:26')?.smtp).toMatchObject({ ignoreTls: true });
    expect(warnings).toEqual([
      `${P} URL "https://example.com" contains smtp properties but does not use smtp; ignoring smtp properties`,
      `${P} URL "smtp://example.com" cannot have both requireTLS and ignoreTLS set to true; using requireTLS: true and ignoreTLS: false`,
    ]);
  });

  test('the first of equal ones counts', () => {
    const { hosts, warnings } = prepare([
      { url: 'https://example.com', ssl: { verificationMode: 'none' } },
      { url: 'https://EXAMPLE.com:443/', ssl: { verificationMode: 'full' } },
    ]);
    expect(hosts.get('https://example.com:443')?.verificationMode).toBe('none');
    expect(warnings).toEqual([
      `${P} multiple URLs match the canonical url "https://example.com:443"; only the first will be used`,
    ]);
  });

  test('authorities: inline data first, then the files; an unreadable one is left out', () => {
    const ssl = {
      certificateAuthoritiesData: 'inline',
      certificateAuthoritiesFiles: ['a.pem', 'missing.pem', 'b.pem'],
    };
    const { hosts, warnings } = prepare([{ url: 'https://example.com', ssl }], { 'a.pem': 'A', 'b.pem': 'B' });
    expect(hosts.get('https://example.com:443')?.ca).toBe('inline\nA\nB');
    expect(warnings).toEqual([
      `error reading file "missing.pem" specified in xpack.actions.customHosts, ignoring: ENOENT: no such file or directory, open 'missing.pem'`,
    ]);
  });
});

test('an SMTP server gets the options of its host and port, over the global mode', () => {
  const { hosts } = prepare(
    [
      {
        url: 'smtp://mail.example:587',
        smtp: { requireTLS: true },
        ssl: { verificationMode: 'certificate', certificateAuthoritiesFiles: 'a.pem' },
      },
    ],
    { 'a.pem': 'A' },
  );
  const rules = createTlsRules('none', hosts);
  expect(rules.forSmtp('MAIL.example', 587)).toEqual({
    requireTls: true,
    ignoreTls: undefined,
    verificationMode: 'certificate',
    ca: 'A',
  });
  expect(rules.forSmtp('mail.example', 25)).toEqual({ verificationMode: 'none', ca: undefined });
  expect(createTlsRules(undefined, hosts).forSmtp('other.example', 25).verificationMode).toBe('full');
});
