import { bodyText, clientOf, pairs } from './http.ts';
import type { OpenEgress } from './index.ts';
import { prepareRequest } from './request.ts';
import type { Egress, MailMessage } from './types.ts';

/** A request exactly as it would be sent; not redacted: mask headers and texts before showing it (see `recorder.ts`). */
export interface PreviewedRequest {
  /** HTTP method, or `SMTP`. */
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Thrown by a preview client instead of sending. Not a failure: the preview has what it wanted. */
export class PreviewComplete extends Error {
  constructor() {
    super('The request is complete and was not sent, because this is a preview.');
    this.name = 'PreviewComplete';
  }
}

/** Looks like {@link Egress}, sends nothing, and keeps what would have been sent. */
export interface PreviewEgress extends Egress {
  readonly requests: readonly PreviewedRequest[];
}

const MAX_REQUESTS = 50;

/**
 * A way out that leads nowhere. Builds requests with the same code as the real one, refuses what the real one would
 * refuse without asking the network (allow-list, literal addresses, headers), and throws {@link PreviewComplete} where
 * the real one would connect.
 */
export function createPreviewEgress(egress: OpenEgress): PreviewEgress {
  const requests: PreviewedRequest[] = [];
  const keep = (request: PreviewedRequest): never => {
    if (requests.length < MAX_REQUESTS) requests.push(request);
    throw new PreviewComplete();
  };
  return {
    requests,
    http: ({ connection }) =>
      clientOf(async (method, path, options) => {
        const request = prepareRequest(connection, method, path, options, egress.defaults);
        egress.assertUrlAllowed(request.writtenUrl);
        egress.internals.assertLiteralAllowed(request.url.hostname);
        const { url, headers, body } = request;
        return keep({ method: request.method, url: url.href, headers: pairs(headers), body: bodyText(body) });
      }),
    smtp(server) {
      const url = `smtp://${server.host}:${server.port}`;
      return {
        async send(message) {
          egress.assertHostAllowed(server.host);
          egress.internals.assertLiteralAllowed(server.host);
          return keep({ method: 'SMTP', url, headers: mailHeaders(message), body: message.text });
        },
        async verify() {
          egress.assertHostAllowed(server.host);
          egress.internals.assertLiteralAllowed(server.host);
          keep({ method: 'SMTP', url, headers: {} });
        },
      };
    },
    assertUrlAllowed: (url) => egress.assertUrlAllowed(url),
    assertHostAllowed: (host) => egress.assertHostAllowed(host),
    close: () => Promise.resolve(),
  };
}

/**
 * Runs a handler against a preview and gives the requests it made. A handler that turns the thrown
 * {@link PreviewComplete} into a verdict of its own changes nothing; any other error of a handler that made no request is
 * the caller's to show.
 */
export async function capture(
  egress: OpenEgress,
  run: (preview: Egress) => Promise<unknown>,
): Promise<readonly PreviewedRequest[]> {
  const preview = createPreviewEgress(egress);
  try {
    await run(preview);
  } catch (error) {
    if (!(error instanceof PreviewComplete) && preview.requests.length === 0) throw error;
  }
  return preview.requests;
}

function mailHeaders(message: MailMessage): Record<string, string> {
  const headers: Record<string, string> = { From: message.from };
  if (message.to?.length) headers.To = message.to.join(', ');
  if (message.cc?.length) headers.Cc = message.cc.join(', ');
  if (message.bcc?.length) headers.Bcc = message.bcc.join(', ');
  if (message.replyTo?.length) headers['Reply-To'] = message.replyTo.join(', ');
  headers.Subject = message.subject;
  return headers;
}
