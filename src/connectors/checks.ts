import type { Egress } from '../egress/types.ts';
import { errorText } from '../errors.ts';

/** The wording of {@link urlProblem}, which differs from type to type. */
export interface UrlTexts {
  /** Put in front of every text, `: ` included by the check: `error validation webhook action config`. */
  readonly prefix: string;
  /** Instead of `unable to parse url: TypeError: Invalid URL`. */
  readonly unparsable?: string;
}

/**
 * Checks that a URL parses, is http(s) and leads to a host of `xpack.actions.allowedHosts`. For `check.config` and
 * `check.secrets` of a connector type; the same rules hold again for every request when it leaves.
 *
 * @returns the message for the user, or undefined when the URL is fine
 */
export function urlProblem(url: string, egress: Pick<Egress, 'assertUrlAllowed'>, texts: UrlTexts): string | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    return `${texts.prefix}: ${texts.unparsable ?? `unable to parse url: ${String(error)}`}`;
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    return `${texts.prefix}: the URL must begin with http:// or https://, not with ${parsed.protocol}`;
  }
  try {
    egress.assertUrlAllowed(url);
  } catch (error) {
    return `${texts.prefix}: ${errorText(error)}`;
  }
  return undefined;
}
