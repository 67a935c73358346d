import { z } from 'zod';
import { findInputProblem } from '../../connectors/input-limits.ts';
import { isPatchbayError, PatchbayError } from '../../errors.ts';
import type { EnqueueItem } from '../../queue/types.ts';
import { ID_MAX_BYTES, idField, paramsField } from '../bodies.ts';
import { validateRequestPart } from '../validate-request.ts';

/** Actions of one `_bulk_enqueue`. */
export const BULK_MAX = 1_000;
const KEY_MAX = 255;

/** No control character and no half of a surrogate pair; any script. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]+$/u;

const time = (about: string) =>
  z.iso
    .datetime({
      offset: true,
      error: ({ code }) =>
        code === 'invalid_format'
          ? 'value must be a time in ISO 8601 with its offset, such as 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00'
          : undefined,
    })
    .optional()
    .describe(`${about} ISO 8601 with offset, at most one year ahead.`);

const timeFields = {
  deliver_by: time('No attempt begins later: the execution ends `expired` instead.'),
  start_at: time('No attempt begins earlier; a time that has passed means now.'),
};

const keyField = z
  .string()
  .min(1)
  .max(KEY_MAX)
  .refine((key) => PRINTABLE.test(key), { error: 'value may hold printable characters only' })
  .describe('The same key for the same connector within 24 hours gives the same execution, and no second delivery.');

export const enqueueBody = z.strictObject({ params: paramsField, ...timeFields });

/** Headers travel as bytes without a character set, so only ASCII means the same to everybody. */
export const enqueueHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(KEY_MAX)
    .regex(/^[\x20-\x7e]*$/, { error: 'value may hold printable ASCII characters only' })
    .optional()
    .describe('The same key for the same connector within 24 hours gives the same execution, and no second delivery.'),
});

const bulkItem = z.strictObject({
  id: idField,
  params: paramsField,
  idempotency_key: keyField.optional(),
  ...timeFields,
});
type BulkItem = z.output<typeof bulkItem>;

/** What {@link readBulkBody} takes, for the API reference. */
export const bulkBody = z.strictObject({ actions: z.array(bulkItem).min(1).max(BULK_MAX) });

/** An action of a bulk whose shape is wrong. */
export interface BadItem {
  readonly connectorId: string;
  readonly problem: string;
}
export type ReadItem = EnqueueItem | BadItem;

export function isBadItem(item: ReadItem): item is BadItem {
  return 'problem' in item;
}

const bulkShape = z.strictObject({ actions: z.array(z.looseObject({})).min(1).max(BULK_MAX) });
const oneItem = z.object({ actions: z.record(z.string(), bulkItem) });

/**
 * The actions of a bulk, each judged on its own, in their order.
 *
 * @throws {PatchbayError} `bad_request` when the body is no list of 1 to {@link BULK_MAX} objects
 */
export function readBulkBody(body: unknown): ReadItem[] {
  validateRequestPart('body', bulkShape, outline(body));
  const { actions } = body as { actions: Record<string, unknown>[] };
  const clock = readClock();
  return actions.map((item, position) => readItem(item, position, clock));
}

/** The body without what is in its items: their depth and their keys are their own matter. */
function outline(body: unknown): unknown {
  if (!isPlainObject(body) || !Array.isArray(body.actions)) return body;
  const actions: unknown[] = body.actions;
  return { ...body, actions: actions.map((item) => (isPlainObject(item) ? {} : item)) };
}

function readItem(raw: Record<string, unknown>, position: number, clock: Clock): ReadItem {
  try {
    const { id, params, idempotency_key, ...times } = isGoodItem(raw) ? raw : checkItem(raw, position);
    return {
      connectorId: id,
      params,
      idempotencyKey: idempotency_key,
      ...readTimes(times, clock, `body.actions.${position}`),
    };
  } catch (error) {
    if (!isPatchbayError(error)) throw error;
    // The answer names the connector if there is a name, and never more of it than could be one.
    return { connectorId: typeof raw.id === 'string' ? raw.id.slice(0, ID_MAX_BYTES) : '', problem: error.message };
  }
}

function checkItem(raw: Record<string, unknown>, position: number): BulkItem {
  // By its position rather than in a list, so that the text says which one it is.
  return validateRequestPart('body', oneItem, { actions: { [position]: raw } }).actions[position]!;
}

const KNOWN = new Set(Object.keys(bulkItem.shape));

/**
 * Whether an item surely fits the schema. By hand because the schema copies all params, which for a bulk is most of the
 * work of taking it; whatever this does not recognise goes the long way and gets its text there.
 */
function isGoodItem(raw: Record<string, unknown>): raw is BulkItem {
  const { id, params, idempotency_key, deliver_by, start_at } = raw;
  for (const key in raw) if (!KNOWN.has(key)) return false;
  return (
    typeof id === 'string' &&
    id !== '' &&
    id.length <= ID_MAX_BYTES / 3 &&
    isPlainObject(params) &&
    (idempotency_key === undefined || isGoodKey(idempotency_key)) &&
    (deliver_by === undefined || isGoodTime(deliver_by)) &&
    (start_at === undefined || isGoodTime(start_at)) &&
    findInputProblem(params) === undefined
  );
}

function isGoodKey(key: unknown): boolean {
  return typeof key === 'string' && key.length <= KEY_MAX && PRINTABLE.test(key);
}

const isGoodTime = (text: unknown): boolean => timeFields.start_at.safeParse(text).success;

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The span of time that requests may name, in ms since 1970. */
export interface Clock {
  readonly now: number;
  readonly latest: number;
}

export function readClock(now: Date = new Date()): Clock {
  const latest = new Date(now);
  return { now: now.getTime(), latest: latest.setUTCFullYear(latest.getUTCFullYear() + 1) };
}

/**
 * When an action may begin. A start that has passed is left out, as it means now; an end that leaves no time is for the
 * queue to refuse.
 *
 * @param where the part of the request, for the texts: `body` or `body.actions.3`
 * @throws {PatchbayError} `bad_request`
 */
export function readTimes(
  { deliver_by, start_at }: { deliver_by?: string; start_at?: string },
  { now, latest }: Clock,
  where: string,
): Pick<EnqueueItem, 'deliverBy' | 'startAt'> {
  const read = (name: string, text: string | undefined): Date | undefined => {
    if (text === undefined) return undefined;
    const date = new Date(text);
    if (date.getTime() <= latest) return date;
    throw new PatchbayError('bad_request', `[request ${where}.${name}]: value must be at most one year ahead`);
  };
  const deliverBy = read('deliver_by', deliver_by);
  const startAt = read('start_at', start_at);
  return {
    ...(deliverBy === undefined ? {} : { deliverBy }),
    ...(startAt === undefined || startAt.getTime() <= now ? {} : { startAt }),
  };
}
