import type { PreviewedRequest, Values } from '../../../../api/types.ts';
import { CodeBlock, prettyJson } from '../../../../ui/CodeBlock.tsx';
import { test as words } from '../../../../words/test.ts';
import { isObject, type Json, parsed, textOf } from './json.ts';
import { Mail } from './Mail.tsx';
import { SlackMessage } from './Slack.tsx';
import { TeamsMessage } from './Teams.tsx';
import classes from './targets.module.css';

/** Whether the look can be shown while there is no request: its parameters say enough. */
export const isDrawnFromParams = (typeId: string) => typeId === '.email' || typeId === '.server-log';

interface TargetViewProps {
  readonly typeId: string;
  readonly params: Values;
  readonly requests: readonly PreviewedRequest[];
}

/** What a run leads to, as the people at the other end see it: drawn by the console from what would be sent. */
export function TargetView({ typeId, params, requests }: TargetViewProps) {
  const bodies = requests.map(({ body }) => parsed(body));
  const message = bodies.findLast(
    (body): body is Json => isObject(body) && ('text' in body || 'blocks' in body || 'attachments' in body),
  );
  if ((typeId === '.slack' || typeId === '.slack_api') && message !== undefined) {
    return <SlackMessage body={withBlocks(message)} />;
  }
  const card = bodies.find(isObject);
  if (typeId === '.teams' && card !== undefined) return <TeamsMessage body={card} />;
  if (typeId === '.email') return <Mail params={params} request={requests[0]} />;
  if (typeId === '.server-log') {
    const line = `[${textOf(params.level) || 'info'}] Server log: ${oneLine(textOf(params.message))}`;
    return <CodeBlock label={words.logLine} code={line} wrap />;
  }
  const last = requests.findLast(({ body }) => body !== undefined);
  if (last === undefined)
    return <p className={classes.other}>{requests.length === 0 ? words.noRequest : words.noBody}</p>;
  return (
    <div className={classes.flow}>
      <p className={classes.other}>{words.plainTarget}</p>
      <CodeBlock label={words.body} code={prettyJson(last.body)} wrap />
    </div>
  );
}

/** As the type writes it: what could forge another line, or turn this one round, becomes `;`. */
function oneLine(message: string): string {
  return message.replaceAll(
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    ';',
  );
}

/** Blocks may travel as text. */
function withBlocks(body: Json): Json {
  const blocks = typeof body.blocks === 'string' ? parsed(body.blocks) : body.blocks;
  return { ...body, blocks: isObject(blocks) ? blocks.blocks : blocks };
}
