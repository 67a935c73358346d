import { STATUS_CODES } from 'node:http';
import { VerdictError } from '../../connectors/verdict.ts';
import { EgressError, type HttpResponse } from '../../egress/types.ts';
import type { ErrorCode } from '../../errors.ts';

/** Longest text of a target that is put into a message, in characters. The whole answer is kept with the execution. */
const LONGEST_QUOTE = 2_000;

/** A target's own words, cut to what fits into a message. */
export function quote(text: string, longest = LONGEST_QUOTE): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length - longest} more characters)`;
}

export function isSuccess(response: Pick<HttpResponse, 'status'>): boolean {
  return response.status >= 200 && response.status < 300;
}

/**
 * The reason phrase, or the standard one: servers may leave it out. So is one with other characters than ASCII's, which
 * were mangled on the way: a secret among them would not be recognised as one.
 */
export function reasonPhrase({ status, statusText }: Pick<HttpResponse, 'status' | 'statusText'>): string {
  const isPlain = /^[\x20-\x7e]+$/.test(statusText);
  return isPlain ? statusText : (STATUS_CODES[status] ?? '');
}

/** `503 Service Unavailable`. */
export function statusLine(response: Pick<HttpResponse, 'status' | 'statusText'>): string {
  return `${response.status} ${reasonPhrase(response)}`.trimEnd();
}

/** The error code for an answer that is not a success, by its status alone. */
export function codeOfStatus(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'target_auth';
  if (status === 429) return 'target_rate_limited';
  return status >= 500 ? 'target_unavailable' : 'target_rejected';
}

/**
 * What went wrong when no answer came: the code, and Kibana's text `[ECONNREFUSED] connect ECONNREFUSED 127.0.0.1:1`
 * (without brackets when the system has no code for it).
 *
 * @returns undefined for anything but trouble on the way out (egress, token endpoint): that is a defect, not a verdict
 */
export function transportTrouble(
  error: unknown,
): { code: ErrorCode; text: string; retry?: boolean | Date } | undefined {
  if (error instanceof EgressError) {
    const { code, systemCode, message } = error;
    return { code, text: systemCode === undefined ? message : `[${systemCode}] ${message}` };
  }
  if (error instanceof VerdictError) {
    const { code, message, retry } = error.verdict;
    return { code, text: message, ...(retry === undefined ? {} : { retry }) };
  }
  return undefined;
}
