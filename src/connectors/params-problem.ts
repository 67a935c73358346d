import { PatchbayError } from '../errors.ts';
import type { AnyConnectorType, CheckContext } from './define.ts';
import { parseSubAction, validateParams } from './validate.ts';
import { VerdictError } from './verdict.ts';

/** What is wrong with the params of an action, in the words that a run of it would fail with; undefined when they fit. */
export function paramsProblem(type: AnyConnectorType, params: unknown, context: CheckContext): string | undefined {
  try {
    parseSubAction(type, validateParams(type, params, context), '');
    return undefined;
  } catch (error) {
    if (error instanceof PatchbayError) return error.message;
    if (error instanceof VerdictError) return error.verdict.serviceMessage ?? error.verdict.message;
    throw error;
  }
}
