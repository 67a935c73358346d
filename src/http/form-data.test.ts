import { describe, expect, test } from 'vitest';
import { readFormData } from './form-data.ts';

const TYPE = 'multipart/form-data; boundary=XX';
const form = (...lines: string[]) => Buffer.from(lines.join('\r\n'), 'utf8');
const read = (body: Buffer, type = TYPE) =>
  readFormData(type, body).map(({ data, ...part }) => ({ ...part, data: data.toString('utf8') }));

describe('reads', () => {
  test('what browsers and fetch send', async () => {
    const sent = new FormData();
    sent.append('retries', '[]');
    sent.append('file', new File(['{"a":"ü"}\n\r\n--x'], 'a "b" ü.ndjson'));
    const response = new Response(sent);
    const body = Buffer.from(await response.arrayBuffer());
    expect(read(body, response.headers.get('content-type')!)).toEqual([
      { name: 'retries', data: '[]' },
      { name: 'file', filename: 'a "b" ü.ndjson', data: '{"a":"ü"}\n\r\n--x' },
    ]);
  });

  test('what curl sends', () => {
    const body = form(
      '--XX',
      'Content-Disposition: form-data; name="file"; filename="my \\"own\\" export.ndjson"',
      'Content-Type: application/octet-stream',
      '',
      'data',
      '--XX--',
      '',
    );
    expect(read(body)).toEqual([{ name: 'file', filename: 'my "own" export.ndjson', data: 'data' }]);
  });

  test('a preamble, blanks after the boundary, a quoted boundary, headers of any case, names without quotes', () => {
    const body = form(
      'ignore me',
      '--X X \t',
      'CONTENT-DISPOSITION: form-data; name=file; filename=x',
      '',
      'a',
      '--X X--',
    );
    expect(read(body, 'Multipart/Form-Data; charset=utf-8; Boundary="X X"')).toEqual([
      { name: 'file', filename: 'x', data: 'a' },
    ]);
  });

  test('an empty file, and one with bytes that are no text', () => {
    const body = form('--XX', 'Content-Disposition: form-data; name="file"; filename="x"', '', '', '--XX--');
    expect(read(body)).toEqual([{ name: 'file', filename: 'x', data: '' }]);
    const bytes = Buffer.from([0, 255, 13, 10, 45, 45]);
    const head = form('--XX', 'Content-Disposition: form-data; name="file"', '', '');
    const [part] = readFormData(TYPE, Buffer.concat([head, bytes, form('', '--XX--')]));
    expect(part!.data).toEqual(bytes);
  });

  test('a part whose data look like another boundary', () => {
    const body = form('--XX', 'Content-Disposition: form-data; name="file"', '', 'a', '--YY', '--X', '--XX--');
    expect(read(body)).toEqual([{ name: 'file', data: 'a\r\n--YY\r\n--X' }]);
  });
});

describe('refuses', () => {
  const part = (name = 'a') => ['--XX', `Content-Disposition: form-data; name="${name}"`, '', 'x'];

  test.each<[string, Buffer, string?]>([
    ['names no boundary', form(...part(), '--XX--'), 'multipart/form-data'],
    ['names no boundary', form(...part(), '--XX--'), `multipart/form-data; boundary=${'x'.repeat(71)}`],
    ['names no boundary', form(...part(), '--XX--'), 'text/plain; boundary=XX'],
    ['its boundary is not in the body', form('nothing')],
    ['its boundary is not in the body', form()],
    ['not followed by a line end', form('--XX')],
    ['not followed by a line end', form('--XXtra', 'Content-Disposition: form-data; name="a"', '', 'x', '--XX--')],
    ['ends within a part', form('--XX', 'Content-Disposition: form-data; name="a"')],
    ['last boundary is missing', form(...part())],
    ['a part has no name', form('--XX', 'Content-Type: text/plain', '', 'x', '--XX--')],
    ['a part has no name', form('--XX', '', 'x', '--XX--')],
    ['headers of a part are too long', form('--XX', `X: ${'x'.repeat(9_000)}`, '', 'x', '--XX--')],
    ['more than 20 parts', form(...Array.from({ length: 21 }, () => part()).flat(), '--XX--')],
  ])('%s', (why, body, type = TYPE) => {
    expect(() => readFormData(type, body)).toThrow(why);
  });
});

test('a large body of nearly boundaries is read in time that grows with its size', () => {
  const body = Buffer.concat([
    form('--XX', 'Content-Disposition: form-data; name="file"', '', ''),
    Buffer.from('\r\n--X'.repeat(2_000_000)),
    form('', '--XX--'),
  ]);
  expect(readFormData(TYPE, body)[0]!.data).toHaveLength(10_000_000);
});
