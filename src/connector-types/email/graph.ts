import { type Auth, oauth2ClientCredentials } from '../../connectors/auth.ts';
import type { ActionContext, Details, TypeSettings } from '../../connectors/define.ts';
import { delivered, type Failed, failed, type Verdict } from '../../connectors/verdict.ts';
import type { HttpResponse } from '../../egress/types.ts';
import { codeOfStatus, quote } from '../shared/http-error.ts';
import { retryAfter } from '../shared/retry-after.ts';
import type { Mailbox } from './addresses.ts';
import { SENDING_FAILED } from './failures.ts';
import { type ComposedMessage, mailboxes } from './message.ts';
import type { EmailConfig, EmailSecrets } from './schema.ts';

/**
 * Bytes of one request; a longer one gets 413 (https://learn.microsoft.com/graph/errors, and what Graph says there: "The
 * maximum request length supported is 4MB").
 */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/** Root of the Graph API, without a slash at the end. */
export function graphUrl({ actions }: TypeSettings): string {
  return actions.microsoftGraphApiUrl.replace(/\/+$/, '');
}

/**
 * Client credentials of an Entra app registration with the application permission `Mail.Send`.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export function graphAuth({ config, secrets, settings }: Details<EmailConfig, EmailSecrets>): Auth {
  const login = settings.actions.microsoftExchangeUrl.replace(/\/+$/, '');
  return oauth2ClientCredentials({
    tokenUrl:
      config.oauthTokenUrl ??
      `${login}/${encodeURIComponent((config.tenantId ?? '').toWellFormed())}/oauth2/v2.0/token`,
    clientId: config.clientId ?? '',
    clientSecret: secrets.clientSecret ?? '',
    scope: settings.actions.microsoftGraphApiScope,
  });
}

/**
 * Sends through `POST /users/{id}/sendMail`, which answers 202 without a body. It takes no key against repetitions, and
 * Exchange Online makes the Message-ID: an attempt whose answer got lost may be followed by a second message.
 * https://learn.microsoft.com/graph/api/user-sendmail
 */
export async function sendThroughGraph(
  { http }: Pick<ActionContext<EmailConfig, unknown>, 'http'>,
  message: ComposedMessage,
): Promise<Verdict> {
  const json = { message: graphMessage(message) };
  const bytes = Buffer.byteLength(JSON.stringify(json));
  if (bytes > MAX_REQUEST_BYTES) {
    return failed('params_invalid', SENDING_FAILED, {
      serviceMessage: `The e-mail was not sent: it has ${bytes} bytes as a request to Microsoft Graph, which takes at most ${MAX_REQUEST_BYTES}.`,
      retry: false,
    });
  }
  const response = await http.post(`${userPath(message.from)}/sendMail`, { json });
  return response.status === 202 ? delivered(response.json() ?? response.text) : graphFailure(response);
}

/**
 * Looks the sender up: nothing is sent, yet a token is needed for it. An app that may send mail need not be allowed to
 * read the directory, so 403 still proves tenant, client and secret.
 */
export async function testGraph({
  http,
  config,
}: Pick<ActionContext<EmailConfig, unknown>, 'http' | 'config'>): Promise<Verdict> {
  const response = await http.get(userPath(mailboxes([config.from])), { query: { $select: 'id' } });
  if (response.status === 200) return delivered();
  if (response.status !== 403) return graphFailure(response);
  return delivered(undefined, {
    warning:
      'Microsoft issued a token, but the app may not read the directory: whether the sender exists shows when mail is sent.',
  });
}

/** `@` is legal in a path segment (RFC 3986 section 3.3); everything else that is not plain gets encoded. */
function userPath([sender]: readonly Mailbox[]): string {
  return `/users/${encodeURIComponent(sender?.address ?? '').replaceAll('%40', '@')}`;
}

function graphMessage({ to, cc, bcc, replyTo, subject, html, attachments }: ComposedMessage): Record<string, unknown> {
  return {
    subject,
    body: { contentType: 'HTML', content: html },
    toRecipients: recipients(to),
    ccRecipients: recipients(cc),
    bccRecipients: recipients(bcc),
    ...(replyTo === undefined ? {} : { replyTo: recipients(replyTo) }),
    ...(attachments.length === 0
      ? {}
      : {
          attachments: attachments.map(({ filename, content, contentType, encoding }) => ({
            '@odata.type': '#microsoft.graph.fileAttachment',
            name: filename,
            contentType,
            contentBytes: Buffer.from(content, encoding ?? 'utf8').toString('base64'),
          })),
        }),
  };
}

function recipients(mailboxes: readonly Mailbox[]): { emailAddress: { address: string } }[] {
  return mailboxes.map(({ address }) => ({ emailAddress: { address } }));
}

function graphFailure(response: HttpResponse): Failed {
  const { status } = response;
  // Only 202 means sent: another success, or a redirect that was not followed, is no answer of this API.
  const code = status < 400 ? 'target_response_invalid' : codeOfStatus(status);
  return failed(code, SENDING_FAILED, {
    serviceMessage: quote(JSON.stringify(response.json() ?? response.text)),
    retry: status === 429 || status >= 500 ? (retryAfter(response) ?? true) : false,
  });
}
