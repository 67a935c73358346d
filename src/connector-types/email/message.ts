import { domainToASCII } from 'node:url';
import MarkdownIt from 'markdown-it';
import type { ActionContext } from '../../connectors/define.ts';
import type { MailMessage } from '../../egress/types.ts';
import { domainOf, formatMailbox, type Mailbox, parseAddressList, withoutBlanks } from './addresses.ts';
import type { EmailConfig, EmailParams } from './schema.ts';

type Context = ActionContext<EmailConfig, EmailParams>;

/** What a message says, apart from whom. */
export interface MessageBody {
  /** Markdown, footer included. */
  readonly text: string;
  readonly html: string;
}

/** A message ready to be sent by either way; every address has been parsed. */
export interface ComposedMessage extends MessageBody {
  readonly from: readonly Mailbox[];
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly bcc: readonly Mailbox[];
  /** Present only if it was given. */
  readonly replyTo?: readonly Mailbox[];
  readonly subject: string;
  /** The same for every attempt of one execution, so that a repetition can be recognised (RFC 5322 section 3.6.4). */
  readonly messageId: string;
  readonly attachments: NonNullable<EmailParams['attachments']>;
}

/** Applies when `xpack.actions.email.maximum_body_length` is not set: the highest value that setting may have. */
const MAX_BODY_LENGTH = 25_000_000;

// Raw HTML stays off: a message is often filled from data that somebody outside has written.
const markdown = new MarkdownIt({ html: false, linkify: true });

/** Puts a message together. Addresses must have passed `addressProblems`; the ones that cannot be read are left out. */
export function composeMessage(context: Context): ComposedMessage {
  const { config, params, execution } = context;
  const from = mailboxes([config.from]);
  return {
    from,
    to: mailboxes(params.to),
    cc: mailboxes(params.cc),
    bcc: mailboxes(params.bcc),
    ...(params.replyTo === undefined ? {} : { replyTo: mailboxes(params.replyTo) }),
    // Line breaks in a rendered template are ordinary; in a header they would start another one.
    subject: params.subject.replace(/[\r\n\0]+/g, ' '),
    messageId: `<${execution.id}@${domainToASCII(domainOf(from[0]?.address ?? '')) || 'localhost'}>`,
    attachments: params.attachments ?? [],
    ...composeBody(context),
  };
}

/** The mailboxes of address lists, blank entries left out. */
export function mailboxes(entries: readonly string[]): Mailbox[] {
  return withoutBlanks(entries).flatMap((entry) => parseAddressList(entry) ?? []);
}

/** Cuts, appends the footer, renders: in that order, so that the footer is never cut away. */
function composeBody({ params, settings, execution, log }: Context): MessageBody {
  const limit = settings.actions.email.maximumBodyLength ?? MAX_BODY_LENGTH;
  const cut = (text: string, field: string, quoteWarning = (warning: string) => warning): string => {
    if (text.length < limit) return text;
    const warning = cutWarning(text.length, limit, execution.connectorId);
    log.warn(`${field}: ${warning}`);
    return `${quoteWarning(warning)}\n\n${firstCharacters(text, limit)}`;
  };
  const text = cut(params.message, 'message') + footer(params, settings);
  const html =
    params.messageHTML === null ? toHtml(text) : cut(params.messageHTML, 'messageHTML', markdown.utils.escapeHtml);
  return { text: text === '' ? 'no message set' : text, html };
}

/** The beginning is fixed: rules and tests of users look for it. */
function cutWarning(length: number, limit: number, connectorId: string): string {
  return (
    `Your message's length of ${length} exceeded the ${limit} bytes limit that is set for the connector ` +
    `"${connectorId}", so it was cut. The setting xpack.actions.email.maximum_body_length allows longer ones.`
  );
}

/** At most `count` UTF-16 units; a character outside the basic plane is not torn apart. */
function firstCharacters(text: string, count: number): string {
  const cut = text.slice(0, count);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

function footer({ kibanaFooterLink: link }: EmailParams, { actions, publicBaseUrl }: Context['settings']): string {
  if (!actions.enableFooterInEmail) return '';
  const sentBy = 'This message was sent by Elastic.';
  if (publicBaseUrl === undefined) return `\n\n---\n\n${sentBy}`;
  return `\n\n---\n\n${sentBy} [${link.text}](${publicBaseUrl}${link.path === '/' ? '' : link.path}).`;
}

function toHtml(text: string): string {
  try {
    return markdown.render(text);
  } catch {
    // Better unrendered than unsent.
    return text;
  }
}

/** The message as the SMTP client takes it. */
export function toMailMessage(message: ComposedMessage): MailMessage {
  const { from, to, cc, bcc, replyTo, subject, text, html, messageId, attachments } = message;
  return {
    from: from.map(formatMailbox).join(', '),
    to: to.map(formatMailbox),
    cc: cc.map(formatMailbox),
    bcc: bcc.map(formatMailbox),
    ...(replyTo === undefined ? {} : { replyTo: replyTo.map(formatMailbox) }),
    subject,
    text,
    html,
    messageId,
    ...(attachments.length === 0 ? {} : { attachments }),
  };
}

/** What the `__json` service answers instead of sending: the shape of nodemailer's JSON transport. */
export function toJsonResult(message: ComposedMessage): Record<string, unknown> {
  const { from, to, cc, bcc, replyTo, subject, text, html, messageId, attachments } = message;
  const list = (boxes: readonly Mailbox[]) =>
    boxes.length === 0 ? null : boxes.map(({ address, name }) => ({ address, name }));
  const [sender] = from;
  return {
    envelope: { from: sender?.address ?? false, to: [...to, ...cc, ...bcc].map(({ address }) => address) },
    messageId,
    message: {
      from: sender === undefined ? null : { address: sender.address, name: sender.name },
      to: list(to),
      cc: list(cc),
      bcc: list(bcc),
      ...(replyTo === undefined ? {} : { replyTo: list(replyTo) }),
      subject,
      html,
      text,
      ...(attachments.length === 0 ? {} : { attachments }),
      headers: {},
      messageId,
    },
  };
}
