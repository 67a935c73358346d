import { PatchbayError } from '../errors.ts';

/** One field of a form. */
export interface FormPart {
  readonly name: string;
  /** Of an uploaded file, as the client calls it; never a path of ours. */
  readonly filename?: string;
  readonly data: Buffer;
}

const PARTS_MAX = 20;
const HEADER_BYTES_MAX = 8_192;
const LINE_END = '\r\n';

/**
 * Reads `multipart/form-data` (RFC 7578) that is in memory already. Only what uploads need is read of the headers of a part:
 * its name and the name of its file.
 *
 * @throws {PatchbayError} `bad_request` for a body that breaks the form, or has more than {@link PARTS_MAX} parts
 */
export function readFormData(contentType: string, body: Buffer): FormPart[] {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) throw broken('its Content-Type names no boundary');
  const delimiter = Buffer.from(`${LINE_END}--${boundary}`, 'latin1');
  // The first delimiter may stand at the very beginning, without a line before it.
  const opening = delimiter.subarray(LINE_END.length);
  let at = body.subarray(0, opening.length).equals(opening) ? 0 : body.indexOf(delimiter);
  if (at < 0) throw broken('its boundary is not in the body');
  at += at === 0 ? opening.length : delimiter.length;

  const parts: FormPart[] = [];
  for (;;) {
    if (body.toString('latin1', at, at + 2) === '--') return parts;
    if (parts.length >= PARTS_MAX) throw broken(`it has more than ${PARTS_MAX} parts`);
    const lineEnd = body.indexOf(LINE_END, at);
    // Blanks may follow a boundary; anything else makes it another one, which the body should not hold.
    if (lineEnd < 0 || !/^[ \t]*$/.test(body.toString('latin1', at, Math.min(lineEnd, at + 100)))) {
      throw broken('a boundary is not followed by a line end');
    }
    // From that line end on, so that a part without any header ends its headers at once.
    const headersEnd = body.indexOf(LINE_END + LINE_END, lineEnd);
    if (headersEnd < 0) throw broken('it ends within a part');
    if (headersEnd - lineEnd > HEADER_BYTES_MAX) throw broken('the headers of a part are too long');
    const dataStart = headersEnd + 2 * LINE_END.length;
    // An empty part: the line end after its headers is also the one before the delimiter.
    const dataEnd = body.indexOf(delimiter, dataStart - LINE_END.length);
    if (dataEnd < 0) throw broken('its last boundary is missing');
    parts.push({
      ...readDisposition(body.toString('utf8', lineEnd, headersEnd)),
      data: body.subarray(dataStart, Math.max(dataStart, dataEnd)),
    });
    at = dataEnd + delimiter.length;
  }
}

/** RFC 2046, section 5.1.1: 1 to 70 characters, in quotes where it has some that need them. */
function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  const match = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70})(?=[\s;]|$))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

function readDisposition(headers: string): { name: string; filename?: string } {
  const line = headers.split(LINE_END).find((header) => /^content-disposition\s*:/i.test(header));
  const name = parameterOf(line ?? '', 'name');
  if (name === undefined) throw broken('a part has no name');
  return { name, filename: parameterOf(line!, 'filename') };
}

/** Browsers write a quote as `%22` (WHATWG HTML, multipart/form-data), curl puts a backslash before it. */
function parameterOf(header: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"((?:\\\\.|[^"\\\\])*)"|([^\\s;"]+))`, 'i').exec(header);
  return match?.[1]?.replaceAll(/\\(["\\])/g, '$1').replaceAll('%22', '"') ?? match?.[2];
}

function broken(why: string): PatchbayError {
  return new PatchbayError('bad_request', `The upload cannot be read as multipart/form-data: ${why}.`);
}
