import type { z } from 'zod';
import type { ActionContext } from '../../connectors/define.ts';
import { type Verdict, VerdictError } from '../../connectors/verdict.ts';
import type { HttpClient, HttpResponse } from '../../egress/types.ts';
import { isSuccess } from '../shared/http-error.ts';
import { answerFailure, checkedBody, normalisedUrl } from '../shared/sub-action-answer.ts';
import { noAnswerFailure, thrownFailure } from '../shared/sub-action-failure.ts';
import {
  actionAnswer,
  actionsAnswer,
  type Config,
  type RunParams,
  storiesAnswer,
  type Webhook,
  type WebhooksParams,
  webhookAnswer,
} from './schema.ts';

const WEBHOOK = 'Agents::WebhookAgent';
/** The most that Tines gives at once (https://www.tines.com/docs/api/welcome/). */
const PER_PAGE = 500;

const CREDENTIALS =
  'Check the email and the API token; the token must not be revoked, and its role must let it see the story.';

const API_REMEDIES: Readonly<Record<number, string>> = {
  401: CREDENTIALS,
  403: CREDENTIALS,
  404: 'Check the tenant URL, and choose story and webhook again: they may have been deleted.',
  429: 'Tines limits the requests to its API; fewer are sent where the webhook is given by its URL.',
};

const SECRET_ONLY =
  'The webhook asks for more than the secret in its URL: set its access control in Tines to the secret.';

// The numbers are of https://explained.tines.com/en/articles/9929254-what-are-the-rate-limits-for-tines-webhooks.
const WEBHOOK_REMEDIES: Readonly<Record<number, string>> = {
  401: SECRET_ONLY,
  403: SECRET_ONLY,
  404: 'Check the webhook in Tines: it may have been deleted, or its path or secret changed.',
  405: 'Allow POST in the webhook action of the story.',
  429: 'Tines takes 1,000 requests a minute for a path and 2,500 for a tenant. A summary of alerts needs one for all of them.',
};

type Context<P> = Pick<ActionContext<Config, P>, 'params' | 'http' | 'learnSecret'>;

/** @throws {VerdictError} for anything but a success, in Kibana's words */
async function expectSuccess(
  request: Promise<HttpResponse>,
  remedies: Readonly<Record<number, string>>,
): Promise<HttpResponse> {
  let response: HttpResponse;
  try {
    response = await request;
  } catch (error) {
    throw new VerdictError(noAnswerFailure(error, 'AxiosError: '));
  }
  if (isSuccess(response)) return response;
  const { status } = response;
  const reason = response.statusText.trim();
  const message = reason === '' ? `Request failed with status code ${status}` : `API Error: ${reason}`;
  throw new VerdictError(answerFailure(response, message, remedies[status]));
}

/** Kibana's client sends `{}` with each GET, and meters it. */
function ask(http: HttpClient, path: string): Promise<HttpResponse> {
  return expectSuccess(http.get(path, { json: {} }), API_REMEDIES);
}

/** Never more than one page: Kibana's clients rely on being told that there is more. */
export async function stories({ http }: Context<unknown>) {
  const answer = checkedBody(storiesAnswer, await ask(http, `/api/v1/stories?per_page=${PER_PAGE}`));
  return { stories: answer.stories, incompleteResponse: answer.meta.pages > 1 };
}

type Action = z.output<typeof actionAnswer>;

/** The key in the URL of a webhook must not stay in the record of the run. */
function learnSecretOf({ options: { secret } }: Action, { learnSecret }: Pick<Context<unknown>, 'learnSecret'>): void {
  if (typeof secret === 'string' && secret !== '') learnSecret?.(secret);
}

/** The webhooks of a story, without their paths and secrets: whoever may run the connector may see this. */
export async function webhooks(context: Context<WebhooksParams>) {
  const { params, http } = context;
  const query = `story_id=${params.storyId}&action_type=${WEBHOOK}&per_page=${PER_PAGE}`;
  const { agents, meta } = checkedBody(actionsAnswer, await ask(http, `/api/v1/agents?${query}`));
  for (const action of agents) learnSecretOf(action, context);
  return {
    webhooks: agents
      .filter(({ type }) => type === WEBHOOK)
      .map(({ id, name, story_id }) => ({ id, name, storyId: story_id })),
    incompleteResponse: meta.pages > 1,
  };
}

const inPath = (text: string) => text.split('/').map(encodeURIComponent).join('/');

/** The path of a webhook's URL, after a look whether it is the one that was chosen. */
async function pathOf(webhook: Webhook, context: Context<unknown>): Promise<string> {
  const response = await ask(context.http, `/api/v1/actions/${encodeURIComponent(webhook.id)}`);
  const action = checkedBody(actionAnswer, response);
  learnSecretOf(action, context);
  const { id, type, story_id, options } = action;
  const { path, secret } = options;
  const isChosen = type === WEBHOOK && id === webhook.id && story_id === webhook.storyId;
  if (!isChosen || typeof path !== 'string' || typeof secret !== 'string' || path === '' || secret === '') {
    throw new VerdictError(
      thrownFailure(
        'target_rejected',
        `Invalid configuration for webhook id: ${webhook.id}. Verify webhook exists in Tines.`,
      ),
    );
  }
  return `/webhook/${inPath(path)}/${inPath(secret)}`;
}

/** A URL that a person pasted. Whether its host may be called is for egress to say. */
function checkedUrl(webhookUrl: string, { learnSecret }: Context<unknown>): string {
  const url = normalisedUrl(webhookUrl.trim());
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    const text = 'URL Error: Invalid URL. Paste the webhook URL as Tines shows it, from https:// on.';
    throw new VerdictError(thrownFailure('egress_url_invalid', text));
  }
  const [, secret] = /\/webhook\/[^/]+\/([^/]+)/.exec(new URL(url).pathname) ?? [];
  if (secret !== undefined) learnSecret?.(secret);
  return url;
}

/** As Kibana's client sends it: JSON as it is, other text as a JSON string, nothing as an empty object. */
function bodyAsSent(body: string): string {
  if (body === '') return '{}';
  try {
    JSON.parse(body);
    return body.trim();
  } catch {
    return JSON.stringify(body);
  }
}

/** Sends an event to a webhook. The API's credentials stay behind: a story sees the headers of what it is sent. */
export async function run(context: Context<RunParams>): Promise<unknown | Verdict> {
  const { params, http } = context;
  const { webhook, webhookUrl, body } = params;
  if (!webhookUrl && webhook === undefined) {
    const text = 'Invalid subActionsParams: [webhook] or [webhookUrl] expected but got none';
    return thrownFailure('params_invalid', text);
  }
  const url = webhookUrl ? checkedUrl(webhookUrl, context) : await pathOf(webhook!, context);
  const headers = { 'Content-Type': 'application/json' };
  const request = http.post(url, { headers, body: bodyAsSent(body), anonymous: true });
  const response = await expectSuccess(request, WEBHOOK_REMEDIES);
  checkedBody(webhookAnswer, response, {
    remedy: 'Tines has taken the event; let the webhook action answer with a JSON object, such as {"status":"ok"}.',
    retry: false,
  });
  return response.json();
}

/** One story is enough to know that address and credentials are right. */
export async function test({ http }: Pick<ActionContext<Config, unknown>, 'http'>): Promise<void> {
  checkedBody(storiesAnswer, await expectSuccess(http.get('/api/v1/stories?per_page=1'), API_REMEDIES), {
    remedy: 'Check the tenant URL.',
  });
}
