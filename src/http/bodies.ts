import { z } from 'zod';
import { assertNoBlankStrings, assertNoNul } from './validate-request.ts';

const object = z.record(z.string(), z.unknown());

export const nameField = z.string().describe('Shown to people; need not be unique.');
export const configField = object.describe(
  'Settings of the connector type; see `GET /api/actions/connector_type/{type_id}`.',
);
export const secretsField = object.describe('Credentials; stored encrypted, never answered.');
export const paramsField = object.describe('Parameters of the action.');
export const tagsField = z.array(z.string().min(1).max(100)).max(100).describe('Words to find the connector by.');

/** A password that somebody chooses. */
export const passwordField = z.string().min(8).max(1_000);

/** `?extended=true` as a boolean; any other value is refused. */
export const extendedQuery = z.strictObject({
  extended: z
    .enum(['true', 'false'])
    .optional()
    .describe("Adds Patchbay's own fields to the answer, which Kibana's clients do not expect."),
});

/** `?version=<n>`: the change is only meant for what the caller has seen. */
export const versionQuery = z.strictObject({
  version: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('The version that you have read (with `extended=true`): 409 when the connector was changed since.'),
});

/** Longer ids would not fit the index of the database. */
export const ID_MAX_BYTES = 1_000;
export const idField = z
  .string()
  .min(1)
  .refine((id) => Buffer.byteLength(id) <= ID_MAX_BYTES, {
    error: `Connector ID must be ${ID_MAX_BYTES} bytes or less.`,
  })
  .describe('The identifier of the connector.');
export const idParams = z.strictObject({ id: idField });

/** Kibana's rule for what is saved: no blank strings; and none that the database cannot hold. */
export function checkSavedBody(body: Record<string, unknown>): void {
  assertNoBlankStrings(body);
  assertNoNul(body, 'body');
}
