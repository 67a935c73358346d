import type { z } from 'zod';
import { urlProblem } from '../../../connectors/checks.ts';
import { type Action, type ActionContext, action, type CheckContext } from '../../../connectors/define.ts';
import { delivered, type Verdict } from '../../../connectors/verdict.ts';
import type { HttpClient, HttpResponse } from '../../../egress/types.ts';
import { noAnswerFailure, thrownFailure } from '../sub-action-failure.ts';
import { aliasInPath, aliasProblem, toAlias } from './alias.ts';
import { onlyLacksMessage, verdictOf } from './answers.ts';
import { type AlertToClose, closeAlertParams, MESSAGE_LIMIT, type NewAlert } from './params.ts';

/** Opsgenie's alert API, and what is different where it lives on. */
export interface AlertService {
  readonly name: string;
  /** Of the alerts, below the configured URL. */
  readonly path: string;
  /** What Kibana makes of an alias that is an empty text: it leaves it out, or sends it. */
  readonly emptyAlias: 'omitted' | 'sent';
  /** The least that a success must say. */
  readonly answer: z.ZodType;
  /** What to do, by the status of a refusal; that of 401 also for a key that is none. */
  readonly remedies: Readonly<Record<number, string>>;
}

interface Config {
  readonly apiUrl: string;
}

/**
 * The URL below which the API is found. The path of the API is resolved against the configured URL as a relative one, as
 * in Kibana: `https://h/p` loses its `p`, `https://h/p/` keeps it. Repeated slashes count as one.
 */
export function baseUrlOf({ apiUrl }: Config): string {
  const base = new URL('.', apiUrl);
  base.pathname = base.pathname.replace(/\/{2,}/g, '/');
  return base.href;
}

export function apiUrlProblem({ apiUrl }: Config, { egress }: CheckContext): string | undefined {
  return urlProblem(apiUrl, egress, { prefix: 'error validating url' });
}

/** At most {@link MESSAGE_LIMIT} UTF-16 units, and no half of a character at the end. */
function cutMessage(message: string): string {
  const cut = message.slice(0, MESSAGE_LIMIT);
  return /[\ud800-\udbff]$/.test(cut) && message.length > MESSAGE_LIMIT ? cut.slice(0, -1) : cut;
}

/**
 * An action that is queued may be sent again when its answer was lost, and an alias makes the vendor count that instead of
 * opening a second alert. What is run at once is sent once, and stays exactly as it was given.
 */
function aliasFor({ alias }: NewAlert, service: AlertService, execution: ActionContext<Config, NewAlert>['execution']) {
  if (alias) return toAlias(alias);
  if (execution.source !== 'http_request' && execution.source !== 'test') return execution.id;
  return service.emptyAlias === 'sent' ? alias : undefined;
}

async function ask(send: Promise<HttpResponse>, judge: (response: HttpResponse) => Verdict): Promise<Verdict> {
  try {
    return judge(await send);
  } catch (error) {
    return noAnswerFailure(error);
  }
}

function create(service: AlertService, { params, http, log, execution }: ActionContext<Config, NewAlert>) {
  const message = cutMessage(params.message);
  const alias = aliasFor(params, service, execution);
  const warning =
    message === params.message
      ? undefined
      : `The message was cut to its first ${message.length} of ${params.message.length} characters: ${service.name} takes ${MESSAGE_LIMIT}.`;
  if (warning !== undefined) log.warn(warning);
  return ask(http.post(`/${service.path}`, { json: { ...params, message, alias } }), (response) =>
    verdictOf(response, service, { alias, warning }),
  );
}

function close(
  service: AlertService,
  { params, http }: ActionContext<Config, AlertToClose>,
): Verdict | Promise<Verdict> {
  const { alias: given, ...body } = params;
  const problem = aliasProblem(given);
  if (problem !== undefined) return thrownFailure('params_invalid', problem, { retry: false, errorSource: 'user' });
  const url = `/${service.path}/${aliasInPath(toAlias(given))}/close?identifierType=alias`;
  return ask(http.post(url, { json: body }), (response) => verdictOf(response, service));
}

/** The two sub-actions. */
export function alertActions<P extends NewAlert>(
  service: AlertService,
  createParams: z.ZodType<P>,
): { readonly createAlert: Action<Config, P>; readonly closeAlert: Action<Config, AlertToClose> } {
  return {
    createAlert: action<Config, P>(createParams, (context) => create(service, context), {
      description: `Opens an alert, or counts once more an open one with the same alias. ${service.name} does it after it has answered.`,
    }),
    closeAlert: action<Config, AlertToClose>(closeAlertParams, (context) => close(service, context), {
      description: `Closes the open alert with this alias. ${service.name} does it after it has answered, and does not say when there is none.`,
    }),
  };
}

/** An alert without a message: the vendor looks at the key first and then refuses the body, so nothing is opened. */
export function testAlertService(service: AlertService, http: HttpClient): Promise<Verdict> {
  return ask(http.post(`/${service.path}`, { json: {} }), (response) =>
    onlyLacksMessage(response) ? delivered() : verdictOf(response, service),
  );
}
