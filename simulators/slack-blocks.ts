import { isObject } from './harness.ts';

/** Slack's bounds, from https://docs.slack.dev/reference/block-kit/blocks; the last one is what people found. */
const MAX_BLOCKS = 50;
const MAX_SECTION = 3_000;
const MAX_HEADER = 150;
const MAX_ALL = 13_000;

const TYPES: ReadonlySet<unknown> = new Set([
  'actions',
  'alert',
  'card',
  'carousel',
  'container',
  'context',
  'context_actions',
  'data_table',
  'divider',
  'file',
  'header',
  'image',
  'input',
  'markdown',
  'plan',
  'rich_text',
  'section',
  'table',
  'task_card',
  'video',
]);

/** An error as Slack answers it. */
export interface BlocksProblem {
  readonly error: 'invalid_blocks' | 'invalid_blocks_format' | 'msg_blocks_too_long';
  /** Ends with the place: `[json-pointer:/blocks/0/type]`. */
  readonly details: readonly string[];
}

/** What Slack has against blocks, as far as messages of alerts go; undefined when nothing. */
export function blocksProblem(blocks: unknown): BlocksProblem | undefined {
  if (!Array.isArray(blocks)) return { error: 'invalid_blocks_format', details: [] };
  if (blocks.length > MAX_BLOCKS) {
    return invalid(`no more than ${MAX_BLOCKS} items allowed`, '/blocks');
  }
  for (const [position, block] of blocks.entries()) {
    const at = `/blocks/${position}`;
    if (!isObject(block) || !TYPES.has(block.type)) return invalid(`unsupported type: ${typeOf(block)}`, `${at}/type`);
    const problem = block.type === 'section' ? sectionProblem(block, at) : headerProblem(block, at);
    if (problem !== undefined) return problem;
  }
  return JSON.stringify(blocks).length > MAX_ALL ? { error: 'msg_blocks_too_long', details: [] } : undefined;
}

function invalid(text: string, pointer: string): BlocksProblem {
  return { error: 'invalid_blocks', details: [`${text} [json-pointer:${pointer}]`] };
}

function typeOf(block: unknown): string {
  return isObject(block) ? String(block.type).slice(0, 50) : 'none';
}

function sectionProblem({ text, fields }: Record<string, unknown>, at: string): BlocksProblem | undefined {
  if (text === undefined && fields === undefined) return invalid('missing required field: text', at);
  if (text === undefined) return Array.isArray(fields) ? undefined : invalid('must be an array', `${at}/fields`);
  return textProblem(text, ['plain_text', 'mrkdwn'], MAX_SECTION, `${at}/text`);
}

function headerProblem({ type, text }: Record<string, unknown>, at: string): BlocksProblem | undefined {
  return type === 'header' ? textProblem(text, ['plain_text'], MAX_HEADER, `${at}/text`) : undefined;
}

function textProblem(
  text: unknown,
  types: readonly string[],
  maxLength: number,
  at: string,
): BlocksProblem | undefined {
  if (!isObject(text) || typeof text.text !== 'string') return invalid('must provide an object', at);
  if (!types.includes(String(text.type))) return invalid(`must be one of ${types.join(', ')}`, `${at}/type`);
  if (text.text === '') return invalid('must be more than 0 characters', `${at}/text`);
  return text.text.length > maxLength
    ? invalid(`must be less than ${maxLength + 1} characters`, `${at}/text`)
    : undefined;
}
