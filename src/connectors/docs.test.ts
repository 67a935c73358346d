import MarkdownIt from 'markdown-it';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { defineConnectorType } from './define.ts';
import { codeSpan, escapeMarkdown, renderConnectorDocs } from './docs.ts';
import { f } from './fields.ts';

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
        secrets: {},
      },
    },
  });
  expect(page).toContain(`"note":"it'\\''s`);
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
