import MarkdownIt from 'markdown-it';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { defineConnectorType } from './define.ts';
import { renderConnectorDocs } from './docs.ts';
import { f } from './fields.ts';
import { codeSpan, escapeMarkdown } from './markdown.ts';

const hostile = 'a | b <script>alert(1)</script> *x* `y` [z](javascript:0)\n# h';
const type = defineConnectorType({
  id: '.paper',
  name: 'Paper <b>Mail</b>',
  description: hostile,
  category: 'messaging',
  features: [],
  minimumLicense: 'basic',
  docsUrl: 'https://paper.example/docs',
  setup: ['Ask | the post office.'],
  config: z.strictObject({
    url: f.url('URL', 'Where the printer is.'),
    method: f.select(['post', 'put'], 'Method', hostile).default('post'),
    user: f
      .of(z.string().min(2).max(9), 'User', undefined, { when: { field: 'method', is: ['put'] } })
      .nullable()
      .default(null),
    lines: f.of(z.array(z.strictObject({ text: f.text('Line') })).max(3), 'Lines').optional(),
    odd: f.text('Odd').default('a|`b'),
  }),
  secrets: z.strictObject({}),
  style: 'subAction',
  actions: {
    print: {
      params: z.strictObject({ copies: f.of(z.number().int(), 'Copies') }),
      description: 'Prints.',
      run: () => ({}),
    },
    shred: { params: z.strictObject({}), destructive: true, run: () => ({}) },
  },
  sample: { config: { url: 'https://a.example', note: "it's ```" }, secrets: {}, params: { subAction: 'print' } },
});
const pages = renderConnectorDocs([type, { ...type, id: '.hidden', system: true }]);
const page = pages.get('paper.md') ?? '';
const html = new MarkdownIt({ html: true }).render(page);

test('one page for each type that people can create, and an index that links it', () => {
  expect([...pages.keys()]).toEqual(['README.md', 'paper.md']);
  expect(pages.get('README.md')).toContain('](paper.md) | `.paper` |');
  expect(() => renderConnectorDocs([type, { ...type, id: 'paper' }])).toThrow('which is taken');
  expect([...renderConnectorDocs([{ ...type, id: '.index' }]).keys()]).toEqual(['README.md', 'index.md']);
});

test('the table says what is validated', () => {
  expect(page).toContain('| `url` | text | required | **URL** Where the printer is. |');
  expect(page).toContain('| `method` | `post`, `put` | `"post"` | **Method**');
  expect(page).toContain(
    '| `user` | text | `null` | **User** (at least 2 characters, at most 9 characters) Only if `method` is `put`. |',
  );
  expect(page).toContain('| `lines` | list of object | – | **Lines** (at most 3 entries) |');
  expect(page).toContain('| `lines[].text` | text | required | **Line** |');
  expect(page).toContain('| `copies` | whole number | required | **Copies** |');
  expect(page).toContain('It has no secrets.');
  expect(page).toContain(
    '## Sub-action `shred`\n\n**This cannot be undone at the target.**\n\nIt takes no parameters.',
  );
});

test('alternatives of an object share their rows', () => {
  const kind = z.strictObject({ kind: f.text('Kind'), id: f.text('ID') });
  const named = z.strictObject({ kind: f.of(z.literal('user'), 'Kind', 'Who.'), name: f.text('Name') });
  const config = z.strictObject({ to: f.of(z.array(z.union([kind, named])), 'To') });
  const shown = renderConnectorDocs([{ ...type, config }]).get('paper.md');
  expect(shown?.split('\n').filter((line) => line.startsWith('| `to[]'))).toEqual([
    '| `to[].kind` | text or `"user"` | required | **Kind** |',
    '| `to[].id` | text | – | **ID** |',
    '| `to[].name` | text | – | **Name** |',
  ]);
});

test('a notice stands at the top, as a text', () => {
  const shown = renderConnectorDocs([{ ...type, notice: 'Ends <soon>.' }]).get('paper.md');
  expect(shown?.split('\n\n')[3]).toBe('> **Note:** Ends &lt;soon&gt;.');
  expect(page).not.toContain('**Note:**');
});

describe('templates', () => {
  const section = (more: object) => {
    const shown = renderConnectorDocs([{ ...type, ...more }]).get('paper.md') ?? '';
    return /## Templates\n\n([\s\S]*?)\n\n/.exec(shown)?.[1]?.split('\n');
  };
  const [print, shred] = [type.actions.print!, type.actions.shred!];

  test('every text, some params by their mode, or none', () => {
    expect(section({})).toEqual(['- Every text may hold variables; values are written as they are.']);
    expect(section({ templates: {} })).toEqual(['- No parameter takes variables.']);
    const templates = { 'subActionParams.to.*': 'none', 'subActionParams.body': 'json', 'subActionParams.cc': 'none' };
    expect(section({ templates })).toEqual([
      '- `to`, `cc`: values are written as they are.',
      '- `body`: values are written escaped for the inside of a JSON string.',
    ]);
  });

  test('sub-actions that differ are named, and so is what rules add', () => {
    const actions = { print: { ...print, templates: { 'subActionParams.copies': 'html' } }, shred };
    expect(section({ actions, templates: {}, expandTemplates: () => ({}) })).toEqual([
      '- Sub-action `print`: `copies`: values are written escaped for HTML.',
      '- Rules fill further parameters of this type by themselves.',
    ]);
    const all = { print: { ...print, templates: {} }, shred: { ...shred, templates: {} } };
    expect(section({ actions: all })).toEqual(['- No parameter takes variables.']);
  });
});

test('texts stay texts when a browser shows the page', () => {
  expect(html).not.toMatch(/<script|<b>|javascript:0"|<h1>h/);
  expect(html).toContain('<h1>Paper &lt;b&gt;Mail&lt;/b&gt;</h1>');
  const rows = html.match(/<tr>[\s\S]*?<\/tr>/g) ?? [];
  expect(rows.length).toBeGreaterThan(6);
  for (const row of rows) expect(row.match(/<t[dh]/g)).toHaveLength(4);
  expect(html).toContain('<code>&quot;a|`b&quot;</code>');
});

test('the examples can be used as they stand', () => {
  const [, yaml] = /`{3,}yaml\n([\s\S]*?)\n`{3,}(?:\n|$)/.exec(page) ?? [];
  expect(parse(yaml ?? '')).toEqual({
    'xpack.actions.preconfigured': {
      'my-paper': {
        name: 'My Paper <b>Mail</b> connector',
        actionTypeId: '.paper',
        config: type.sample.config,
      },
    },
  });
  expect(page).toContain(`"note":"it'\\''s`);
});

describe('what a field may hold', () => {
  const rowOf = (field: z.ZodType, name = 'field') => {
    const config = z.object({ [name]: field });
    const [, found] = [...renderConnectorDocs([{ ...type, id: '.x', config }])].find(([file]) => file === 'x.md') ?? [];
    return found?.split('\n').find((line) => line.startsWith(`| \`${name}\``));
  };

  test.each([
    [f.map('Map'), 'map of names to text'],
    [f.of(z.looseObject({}), 'Any'), 'object'],
    [f.of(z.record(z.string(), z.unknown()), 'Any'), 'object'],
    [f.of(z.array(z.looseObject({})), 'Any'), 'list of object'],
    [f.secretFile('Key'), 'file, as base64'],
  ])('%#: in words', (field, words) => expect(rowOf(field)).toContain(`| ${words} | required |`));

  test('labels of values are shown where they say more than the values', () => {
    const options = { a1: 'First', b2: 'Second | one' };
    expect(rowOf(f.select(['a1', 'b2'], 'Kind', 'Help.', { options }))).toContain(
      'Help. `a1`: First; `b2`: Second \\| one.',
    );
    expect(rowOf(f.select(['none', 'full'], 'Kind', 'Help.', { options: { none: 'None', full: 'Full' } }))).toMatch(
      /Help\. \|$/,
    );
  });

  test('one of something is not several', () => {
    expect(rowOf(f.of(z.array(z.string()).min(1).max(2), 'List'))).toContain('(at least 1 entry, at most 2 entries)');
    expect(rowOf(f.of(z.string().min(1), 'Text'))).toContain('(at least 1 character)');
  });

  test('several values that show a field are listed as people do', () => {
    expect(rowOf(f.text('Text', undefined, { when: { field: 'kind', is: ['a', null, 'c'] } }))).toContain(
      'Only if `kind` is `a`, left out or `c`.',
    );
  });
});

test('a secret is marked, and leads into the keystore instead of the settings file', () => {
  const secrets = z.strictObject({ user: f.text('User', undefined, { secret: false }), token: f.secret('Token') });
  const sample = { ...type.sample, config: {}, secrets: { user: 'jim', token: 'canary-41' } };
  const text = renderConnectorDocs([{ ...type, secrets, sample }]).get('paper.md') ?? '';
  expect(text).toContain('| `token` 🔒 | text | required |');
  expect(text).toContain('| `user` | text | required |');
  const [, yaml = ''] = /```yaml\n([\s\S]*?)\n```/.exec(text) ?? [];
  expect(parse(yaml)['xpack.actions.preconfigured']['my-paper']).toEqual({
    name: 'My Paper <b>Mail</b> connector',
    actionTypeId: '.paper',
    secrets: { user: 'jim' },
  });
  expect(text).toContain('npx patchbay keystore add xpack.actions.preconfigured.my-paper.secrets.token\n');
});

describe('escaping', () => {
  test('what Markdown renders is the text that went in', () => {
    const md = new MarkdownIt({ html: true });
    for (const text of ['a\\|b', '1 < 2 & 3 > 2', '__x__', '~~x~~', '![i](u)', '&lt;']) {
      const rendered = md.renderInline(escapeMarkdown(text));
      const back = rendered
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&amp;', '&');
      expect(back).toBe(text);
    }
    expect(codeSpan('a`b``c')).toBe('```a`b``c```');
    expect(codeSpan('`')).toBe('`` ` ``');
  });
});
