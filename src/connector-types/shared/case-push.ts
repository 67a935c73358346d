import { z } from 'zod';
import { f } from '../../connectors/fields.ts';

/** The part of `pushToService` that all types for cases have in common: a case is created, or updated, and commented on. */

/** Null or left out: the case is created. Any text, the empty one included: the case of that id is updated. */
export const externalId = f
  .text('External id', 'The id that the first push answered. With it the case is updated, without it one is created.')
  .nullable()
  .default(null);

/** Added one after the other. Comments that were added once are added again: nothing tells them apart. */
export const comments = f
  .of(
    z.array(z.strictObject({ comment: f.longText('Comment'), commentId: f.text('Comment id') })),
    'Additional comments',
    'A list of {"commentId": "…", "comment": "…"}.',
    { widget: 'json' },
  )
  .nullable()
  .default(null);

/** `data` of a push; times are ISO 8601 in UTC with milliseconds. */
export interface PushResult {
  /** The case's id at the vendor: the `externalId` of the next push. */
  readonly id: string;
  readonly title: string;
  /** Where people see the case. */
  readonly url: string;
  readonly pushedDate: string;
  /** Absent when no comments were given. */
  readonly comments?: readonly { readonly commentId: string; readonly pushedDate: string }[];
}
