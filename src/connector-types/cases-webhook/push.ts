import type { ActionContext } from '../../connectors/define.ts';
import { delivered, type Failed, type Verdict, VerdictError } from '../../connectors/verdict.ts';
import type { PushResult } from '../shared/case-push.ts';
import { thrownFailure } from '../shared/sub-action-failure.ts';
import { checkedBody, keysOf, send, valueAt } from './call.ts';
import { fault, inStep, NAME } from './fault.ts';
import type { Config, PushParams } from './schema.ts';
import { caseVariables, commentVariables, plainUrl, renderJson, renderUrl, renderViewUrl } from './templates.ts';

type Context = ActionContext<Config, PushParams>;

/** What a push has done so far that a repetition would do once more. */
interface Progress {
  /** A case was created; without its id when the answer did not tell. */
  created?: { id?: string };
  commentsAdded: number;
}

/**
 * Creates or updates a case and adds the comments. `data` is a {@link PushResult}.
 *
 * The steps follow each other, and the first that fails ends the push.
 */
export async function pushToService(context: Context): Promise<Verdict> {
  if (context.traits?.isUnusable) return thrownFailure('config_invalid', `[Action]${NAME}: Wrong configuration.`);
  const progress: Progress = { commentsAdded: 0 };
  try {
    const result = await push(context, progress);
    return delivered(result, { reference: { id: result.id, url: result.url } });
  } catch (error) {
    if (error instanceof VerdictError) return failureOf(error.verdict, context, progress);
    throw error;
  }
}

/**
 * Over HTTP the answer is Kibana's, which always says to try again. In the queue a repetition would create a second case or
 * add a comment twice, unless the service knows repetitions by their key: so it is not made, and the text says how to
 * do what is missing.
 */
function failureOf({ code, message, retry }: Failed, { config, execution }: Context, progress: Progress): Failed {
  const { created, commentsAdded } = progress;
  const wasBegun = created !== undefined || commentsAdded > 0;
  // what cannot be read of the very first answer is best said by its own code
  const isPartial = created?.id !== undefined || commentsAdded > 0;
  const isQueued = execution.source !== 'http_request' && execution.source !== 'test';
  if (wasBegun && isQueued && !config.sendIdempotencyKey) {
    return thrownFailure(isPartial ? 'partial_failure' : code, `${message.trimEnd()} ${howToGoOn(progress)}`, {
      retry: false,
    });
  }
  return thrownFailure(isPartial ? 'partial_failure' : code, message, {
    retry: retry instanceof Date || isQueued ? retry : true,
  });
}

function howToGoOn({ created, commentsAdded }: Progress): string {
  const added = commentsAdded === 0 ? '' : ` ${commentsAdded} of the comments were added.`;
  const missing = commentsAdded === 0 ? '' : ' and only the comments that are missing';
  if (created === undefined) return `The case was updated.${added} Push again with only the comments that are missing.`;
  if (created.id === undefined)
    return 'The case was created, but its id is unknown: look for it before you push again.';
  return `The case was created with the id ${JSON.stringify(created.id)}.${added} Push again with that externalId${missing}.`;
}

async function push(context: Context, progress: Progress): Promise<PushResult> {
  const { externalId } = context.params.incident;
  const pushed = externalId === null ? await create(context, progress) : await update(context, externalId);
  const { comments } = context.params;
  if (comments === null || comments.length === 0) return pushed;
  const added: { commentId: string; pushedDate: string }[] = [];
  for (const [index, { comment, commentId }] of comments.entries()) {
    if (comment === '') continue;
    await addComment(context, pushed.id, comment, index, progress);
    added.push({ commentId, pushedDate: pushed.pushedDate });
  }
  return { ...pushed, comments: added };
}

function create(context: Context, progress: Progress): Promise<PushResult> {
  const { config, params, http, execution } = context;
  return inStep('Unable to create case', async () => {
    const call = {
      method: config.createIncidentMethod,
      what: 'Create case URL',
      url: plainUrl('Create case URL', config.createIncidentUrl),
      body: renderJson('Create case JSON body', config.createIncidentJson, undefined, caseVariables(params.incident)),
      key: keysOf(config, execution).ofCase,
    };
    const response = await send(http, config, call);
    progress.created = {};
    const key = config.createIncidentResponseKey;
    const id = idIn(checkedBody(response, call, [key]), key);
    progress.created = { id };
    return look(context, id);
  });
}

/** Ids are put into URLs, so anything but a text or a number is none; Kibana goes on with `null` or `[object Object]`. */
function idIn(answer: unknown, key: string): string {
  const id = valueAt(answer, key);
  if (typeof id === 'string' || typeof id === 'number') return String(id);
  throw fault('target_response_invalid', `Response has neither text nor number in the field: ${key}`);
}

function update(context: Context, id: string): Promise<PushResult> {
  const { config, params, http, execution } = context;
  return inStep(`Unable to update case with id ${id}`, async () => {
    const call = {
      method: config.updateIncidentMethod,
      what: 'Update case URL',
      url: renderUrl('Update case URL', config.updateIncidentUrl, id),
      body: renderJson('Update case JSON body', config.updateIncidentJson, id, caseVariables(params.incident)),
      key: keysOf(config, execution).ofCase,
    };
    checkedBody(await send(http, config, call), call);
    return look(context, id);
  });
}

/** Asks for the title, and says where the case is. */
async function look({ config, http }: Context, id: string): Promise<PushResult> {
  const title = await inStep(`Unable to get case with id ${id}`, async () => {
    const call = {
      method: config.getIncidentMethod,
      what: 'Get case URL',
      url: renderUrl('Get case URL', config.getIncidentUrl, id),
      ...(config.getIncidentMethod === 'post'
        ? { body: renderJson('Get case JSON body', config.getIncidentJson ?? '', id) }
        : {}),
    };
    const key = config.getIncidentResponseExternalTitleKey;
    const found = valueAt(checkedBody(await send(http, config, call), call, [key]), key);
    return typeof found === 'object' && found !== null ? JSON.stringify(found) : String(found);
  });
  const url = renderViewUrl(config.viewIncidentUrl, id, title);
  return { id, title, url, pushedDate: new Date().toISOString() };
}

/** Where the step is not set up, nothing is sent and the comment counts as added, as in Kibana. */
async function addComment(
  { config, http, execution }: Context,
  id: string,
  comment: string,
  index: number,
  progress: Progress,
): Promise<void> {
  const { createCommentUrl: url, createCommentJson: json, createCommentMethod: method } = config;
  if (!url || !json || !method) return;
  await inStep(`Unable to create comment at case with id ${id}`, async () => {
    const call = {
      method,
      what: 'Create comment URL',
      url: renderUrl('Create comment URL', url, id),
      body: renderJson('Create comment JSON body', json, id, commentVariables(comment)),
      key: keysOf(config, execution).ofComment(index),
    };
    const response = await send(http, config, call);
    progress.commentsAdded += 1;
    checkedBody(response, call);
  });
}
