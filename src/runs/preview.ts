import type { CheckContext } from '../connectors/define.ts';
import { resolveAuth } from '../connectors/oauth.ts';
import { parseSubAction, validateParams } from '../connectors/validate.ts';
import { isVerdict, VerdictError } from '../connectors/verdict.ts';
import type { OpenEgress } from '../egress/index.ts';
import { capture, type PreviewedRequest } from '../egress/preview.ts';
import { maskHeaders } from '../egress/recorder.ts';
import { EgressError } from '../egress/types.ts';
import { PatchbayError } from '../errors.ts';
import type { Preparer } from './prepare.ts';
import type { RunRequest } from './run.ts';

export interface Previewer {
  /**
   * The requests that a run would send, with secrets masked; nothing is sent. Where what is sent depends on an answer,
   * they end with the first request that needs one. Empty for a type that sends nothing.
   *
   * @throws {PatchbayError} `bad_request` with the text that the run would fail with
   */
  preview(request: Omit<RunRequest, 'source'>): Promise<readonly PreviewedRequest[]>;
}

export function createPreviewer(parts: { egress: OpenEgress; preparer: Preparer; context: CheckContext }): Previewer {
  return {
    async preview({ connector, type, spaceId, params }) {
      let redact = (text: string) => text;
      const refuse = (error: unknown): never => {
        if (error instanceof PatchbayError && error.status === 500)
          throw new PatchbayError('bad_request', error.message);
        if (error instanceof EgressError) throw new PatchbayError('bad_request', redact(error.message));
        if (error instanceof VerdictError) {
          throw new PatchbayError('bad_request', redact(error.verdict.serviceMessage ?? error.verdict.message));
        }
        throw error;
      };
      try {
        const checked = validateParams(type, params, parts.context);
        const prepared = parts.preparer.prepare(connector, type);
        redact = prepared.redact;
        const resolved = parseSubAction(type, checked, connector.id);
        const auth = await resolveAuth(prepared.auth, { token: async () => `Bearer ${MASKED_TOKEN}` });
        let returned: unknown;
        const requests = await capture(parts.egress, async (egress) => {
          returned = await resolved.action.run({
            config: prepared.config,
            params: resolved.params,
            http: egress.http({ connection: { baseUrl: prepared.baseUrl, tls: prepared.tls, ...auth } }),
            smtp: prepared.smtp && egress.smtp(prepared.smtp, {}),
            log: SILENT,
            signal: new AbortController().signal,
            execution: {
              id: PREVIEW_ID,
              attempt: 1,
              source: 'test',
              spaceId,
              connectorId: connector.id,
              connectorName: connector.name,
            },
            settings: parts.context.settings,
            traits: prepared.traits,
          });
        });
        // Most types turn what egress refused into a verdict of their own.
        if (requests.length === 0 && isVerdict(returned) && returned.outcome === 'failed')
          throw new VerdictError(returned);
        return requests.map((request) => ({
          method: request.method,
          url: prepared.redact.exposed(request.url),
          headers: maskHeaders(request.headers, prepared.redact),
          ...(request.body === undefined ? {} : { body: prepared.redact(request.body) }),
        }));
      } catch (error) {
        return refuse(error);
      }
    },
  };
}

/** Stands for a token that a preview does not fetch; the header it goes into is masked anyway. */
const MASKED_TOKEN = 'preview';
/** What depends on the execution's id (dedup keys, message ids) shows this one. */
const PREVIEW_ID = '00000000-0000-4000-8000-000000000000';
const quiet = () => {};
const SILENT = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, fatal: quiet };
