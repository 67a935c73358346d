import { delivered, failed, type Verdict } from '../../connectors/verdict.ts';
import type { HttpResponse } from '../../egress/types.ts';
import { codeOfStatus, isSuccess, quote, reasonPhrase, transportTrouble } from '../shared/http-error.ts';
import { retryAdvice, retryAfter } from '../shared/retry-after.ts';
import type { WebhookKind } from './webhook.ts';

const REFUSED = 'error posting to Microsoft Teams, invalid response';
/** Longest words of Microsoft that a message repeats, in characters. */
const LONGEST_WORDS = 500;
/** Bytes of a whole message: "about 28 KB" (https://learn.microsoft.com/microsoftteams/limits-specifications-teams). */
const LARGEST_MESSAGE = 28 * 1024;

/** What was sent, as far as the verdict depends on it. */
export interface Posted {
  readonly kind: WebhookKind;
  readonly message: string;
  readonly body: object;
}

/** The verdict on the answer to a message. `data` is Kibana's body whatever was sent: its clients rely on it. */
export function verdictOf(response: HttpResponse, posted: Posted): Verdict {
  if (!isSuccess(response)) return refusal(response, posted.kind);
  const hidden = hiddenFailure(response, posted);
  if (hidden !== undefined) return hidden;
  return delivered({ text: posted.message }, warning(posted));
}

/** A flow answers before it runs, so one that Teams refuses later looks like any other. */
function warning({ kind, body }: Posted): { warning?: string } {
  if (kind !== 'flow') return {};
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes <= LARGEST_MESSAGE) return {};
  return {
    warning: `The flow took the message, but Teams posts at most about 28 KB and this one has ${bytes} bytes. Look into the run history of the flow, and shorten the message.`,
  };
}

/**
 * An Office 365 connector answers 200 with `1`, but also with a sentence such as "Webhook message delivery failed with
 * error: Microsoft Teams endpoint returned HTTP error 429 with ContextId …" when Teams itself refused the message.
 */
function hiddenFailure(response: HttpResponse, { kind, message }: Posted): Verdict | undefined {
  const { text } = response;
  const isFailure = /^"?Webhook message delivery failed with error/.test(text);
  const [, status] = (isFailure && /HTTP error (\d{3})/.exec(text)) || [];
  if (text.includes('ErrorCode:ApplicationThrottled') || status === '429') {
    const advice = retryAdvice(response);
    return failed('target_rate_limited', `error posting a Microsoft Teams message, ${advice.text}`, {
      // sic: beside a time, Kibana gives the text of the alert here
      ...(advice.retry instanceof Date ? { serviceMessage: quote(message) } : {}),
      retry: advice.retry,
    });
  }
  if (!isFailure) return undefined;
  const inner = Number(status ?? 400);
  const serviceMessage = describe(response, remedyFor(kind, inner, text));
  if (inner < 500) return failed(codeOfStatus(inner), REFUSED, { serviceMessage });
  return failed('target_unavailable', 'error posting a Microsoft Teams message, retry later', {
    serviceMessage,
    retry: true,
  });
}

/** The verdict on an answer that is no success, to a message or to the connection test. */
export function refusal(response: HttpResponse, kind: WebhookKind): Verdict {
  const { status } = response;
  const code = codeOfStatus(status);
  if (status >= 500) {
    const { text, retry } = retryAdvice(response);
    return failed(code, `error posting a Microsoft Teams message, ${text}`, { retry });
  }
  const serviceMessage = describe(response, remedyFor(kind, status, response.text));
  // Kibana gives up on both; its words stay, since clients compare them.
  const mayPass = status === 429 || status === 408;
  return failed(code, REFUSED, { serviceMessage, ...(mayPass ? { retry: retryAfter(response) ?? true } : {}) });
}

/** @throws what is no trouble of the network: a defect */
export function verdictOfTrouble(error: unknown): Verdict {
  const trouble = transportTrouble(error);
  if (trouble === undefined) throw error;
  return failed(trouble.code, 'error posting to Microsoft Teams, unexpected error', { serviceMessage: trouble.text });
}

/** `[404] Not Found`, and where Microsoft says more, its words and what to do. */
function describe(response: HttpResponse, remedy: string): string {
  const line = `[${response.status}] ${reasonPhrase(response)}`.trimEnd();
  const words = wordsOf(response);
  if (words === '') return line;
  const end = /[.!?…)]$/.test(words) ? '' : '.';
  return `${line}: ${words}${remedy === '' ? '' : `${end} ${remedy}`}`;
}

/** `WorkflowNotFound: The workflow …` of a flow, the plain text of a connector; nothing of a page made for people. */
function wordsOf(response: HttpResponse): string {
  const json = response.json();
  if (typeof json === 'object' && json !== null) {
    const { error } = json as { error?: unknown };
    const { code, message } = (typeof error === 'object' && error !== null ? error : json) as Record<string, unknown>;
    const words = [code, message].filter((word) => typeof word === 'string' && word !== '');
    return quote(words.join(': '), LONGEST_WORDS);
  }
  const text = typeof json === 'string' ? json : response.text;
  return text.trimStart().startsWith('<') ? '' : quote(text.trim(), LONGEST_WORDS);
}

/** What a person can do about a refusal. */
function remedyFor(kind: WebhookKind, status: number, text: string): string {
  if (status === 413) return 'Shorten the message: Teams posts at most about 28 KB.';
  if (kind === 'connector') {
    return [401, 403, 404, 410].includes(status)
      ? 'The webhook was removed, or retired by Microsoft: create one with the Workflows app for the channel, and enter its URL here.'
      : '';
  }
  if (text.includes('WorkflowTriggerIsNotEnabled')) {
    return 'Switch the flow on in the Workflows app of Teams; if it was deleted, create a new one, and enter its URL here.';
  }
  if (status === 401 || status === 403) {
    return 'Set "Who can trigger the flow?" in the trigger of the flow to "Anyone", save, and enter the whole URL here again: it changes with that setting.';
  }
  return status === 404 || text.includes('MissingApiVersionParameter')
    ? 'Copy the URL from the trigger of the flow again, with all that follows the question mark.'
    : '';
}
