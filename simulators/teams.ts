import { z } from 'zod';
import {
  contentType,
  parseJson,
  type SimulatedRequest,
  type SimulatedResponse,
  type SimulatorDefinition,
} from './harness.ts';
import { attachments, textOfCard } from './teams-card.ts';

const CONNECTOR = '/webhookb2/T000/IncomingWebhook';
/** The one Office 365 connector that is left here. */
export const TEAMS_CONNECTOR_PATH = `${CONNECTOR}/XXXX/C000`;
/** One whose channel gets too many messages: answered with 200 all the same. */
export const TEAMS_THROTTLED_PATH = `${CONNECTOR}/BUSY/C000`;

/** What the flows of this tenant do with a request: post its cards, its text, the whole of it, or nothing. */
const FLOWS = { cards: 'attachments', text: 'text', card: 'body', off: undefined } as const;
export type TeamsFlow = keyof typeof FLOWS;
const SIGNATURE = 'XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX';

/** Path and query of a flow's trigger. */
export function teamsFlowPath(flow: TeamsFlow | 'gone', signature = SIGNATURE): string {
  const query = new URLSearchParams({ 'api-version': '1', sp: '/triggers/manual/run', sv: '1.0', sig: signature });
  return `/powerautomate/automations/direct/workflows/${flow}/triggers/manual/paths/invoke?${query}`;
}

/** Bytes of a whole message (https://learn.microsoft.com/microsoftteams/limits-specifications-teams). */
const LARGEST_MESSAGE = 28 * 1024;
const MAX_LISTED = 100;

interface Run {
  readonly flow: string;
  readonly status: 'Succeeded' | 'Failed';
  /** Why it failed. */
  readonly error?: string;
}

interface State {
  readonly messages: string[];
  readonly runs: Run[];
}

/** The answer of the gateway in front of flows. */
function problem(status: number, code: string, message: string): SimulatedResponse {
  return { status, body: { error: { code, message } }, note: `refused: ${code}` };
}

function plain(status: number, body: string, headers: Record<string, string> = {}): SimulatedResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body, note: body };
}

/** An Office 365 connector: `1` for a message that was posted, everything else is a sentence. */
function askConnector({ messages }: State, request: SimulatedRequest): SimulatedResponse {
  const { path, method, text } = request;
  if (path !== TEAMS_CONNECTOR_PATH && path !== TEAMS_THROTTLED_PATH) return plain(404, 'Webhook not found.');
  if (method !== 'POST') return plain(400, `Invalid webhook request - ${method} not supported`);
  const body = z.looseObject({ text: z.string(), summary: z.string().optional() }).safeParse(parseJson(text));
  if (!body.success || contentType(request) !== 'application/json') {
    return plain(400, 'Bad payload received by generic incoming webhook.');
  }
  if (body.data.text === '') return plain(400, 'Summary or Text is required.');
  const hidden = 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error';
  const context = 'with ContextId tcid=0,server=simulator,cv=0.';
  if (path === TEAMS_THROTTLED_PATH) {
    return plain(200, `${hidden} 429 ${context} ErrorCode:ApplicationThrottled`, { 'retry-after': '60' });
  }
  if (Buffer.byteLength(text) > LARGEST_MESSAGE) return plain(200, `${hidden} 413 ${context}`);
  messages.unshift(body.data.text);
  messages.splice(MAX_LISTED);
  return { ...plain(200, '1'), note: body.data.text };
}

/** What a flow posts of a request. @throws {Error} with the reason that its run history shows */
function post(flow: TeamsFlow, body: unknown): string {
  if (Buffer.byteLength(JSON.stringify(body) ?? '') > LARGEST_MESSAGE) throw new Error('RequestEntityTooLarge');
  const members = z.looseObject({}).safeParse(body).data ?? {};
  switch (FLOWS[flow]) {
    case 'attachments': {
      const cards = attachments.safeParse(members.attachments);
      if (members.attachments === undefined) {
        throw new Error("the result of the evaluation of 'foreach' expression is of type 'Null'");
      }
      if (!cards.success) throw new Error(`the card is invalid: ${z.prettifyError(cards.error)}`);
      return cards.data.map(({ content }) => textOfCard(content)).join('\n');
    }
    case 'text':
      if (typeof members.text !== 'string') throw new Error("the text is of type 'Null'");
      return members.text;
    default:
      return textOfCard(body);
  }
}

/** A flow: 202 as soon as the request may start it, and the run afterwards, whatever comes of it. */
function askFlow({ messages, runs }: State, request: SimulatedRequest, flow: string): SimulatedResponse {
  const { query, method, text } = request;
  if (!query.has('api-version')) {
    return problem(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  }
  if (query.get('sig') !== SIGNATURE || query.get('sp') !== '/triggers/manual/run' || query.get('sv') !== '1.0') {
    return problem(
      401,
      'DirectApiAuthorizationRequired',
      'The request must be authenticated only by OAuth authorization scheme.',
    );
  }
  if (!Object.hasOwn(FLOWS, flow))
    return problem(404, 'WorkflowNotFound', `The workflow '${flow}' could not be found.`);
  if (flow === 'off') {
    return problem(
      400,
      'WorkflowTriggerIsNotEnabled',
      `Could not execute workflow '${flow}' trigger 'manual' with state 'Disabled': trigger is not enabled.`,
    );
  }
  if (method !== 'POST') {
    return problem(
      400,
      'TriggerRequestMethodNotValid',
      `The HTTP method for the trigger 'manual' is not valid: expected 'POST' and actual '${method}'.`,
    );
  }
  try {
    const posted = post(flow as TeamsFlow, contentType(request) === 'application/json' ? parseJson(text) : undefined);
    messages.unshift(posted);
    runs.unshift({ flow, status: 'Succeeded' });
    return { status: 202, note: posted };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    runs.unshift({ flow, status: 'Failed', error: reason });
    return { status: 202, note: `the flow failed afterwards: ${reason}` };
  } finally {
    messages.splice(MAX_LISTED);
    runs.splice(MAX_LISTED);
  }
}

/**
 * Webhooks of Teams: an Office 365 connector, and flows of the Workflows app, named for what they post. `GET /messages` is
 * the channel, `GET /runs` the run history of the flows, newest first.
 */
export const teams: SimulatorDefinition = {
  id: 'teams',
  title: 'Microsoft Teams webhooks',

  start() {
    const state: State = { messages: [], runs: [] };
    return {
      inspect({ method, path }) {
        if (method !== 'GET') return undefined;
        if (path === '/messages') return { status: 200, body: state.messages };
        return path === '/runs' ? { status: 200, body: state.runs } : undefined;
      },
      handle(request) {
        const [, flow] = /\/workflows\/([^/]+)\/triggers\/manual\/paths\/invoke$/.exec(request.path) ?? [];
        return flow === undefined ? askConnector(state, request) : askFlow(state, request, flow);
      },
    };
  },

  examples: ({ http }) => [
    {
      name: 'Teams simulator',
      connector_type_id: '.teams',
      config: {},
      secrets: { webhookUrl: `${http}${teamsFlowPath('cards')}` },
      params: { message: 'Hello from **Patchbay**' },
    },
    {
      name: 'Old Teams connector simulator',
      connector_type_id: '.teams',
      config: {},
      secrets: { webhookUrl: `${http}${TEAMS_CONNECTOR_PATH}` },
      params: { message: 'Hello from **Patchbay**' },
    },
  ],
};
