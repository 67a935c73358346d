import { z } from 'zod';
import { f } from '../../../connectors/fields.ts';

/**
 * Fields of an alert that Opsgenie and Jira Service Management share, with the limits that Kibana checks. The order in the
 * schemas is Kibana's, because problems are listed in it; `order` is the place in the form.
 */

/** Longer messages are cut to {@link MESSAGE_LIMIT} before they are sent; beyond this they are refused. */
const LONGEST_MESSAGE = 15_000;
/** Characters that the vendor takes. */
export const MESSAGE_LIMIT = 130;

const text = (longest: number) => z.string().max(longest);
const shortTexts = (most: number) => z.array(text(50)).max(most);

/** Kinds of responders: who is notified. */
export const responderType = f.select(['team', 'user', 'escalation', 'schedule'], 'Kind');

/** `user`, `source`, `note`: said with every action on an alert. */
export function commonFields(order: { user: number; source: number; note: number }) {
  return {
    user: f.of(text(100), 'User', 'Shown as who did it.', { widget: 'text', order: order.user }).optional(),
    source: f
      .of(text(100), 'Source', 'Where the alert comes from.', { widget: 'text', order: order.source })
      .optional(),
    note: f.of(text(25_000), 'Note', undefined, { widget: 'textarea', order: order.note }).optional(),
  };
}

/** Params of `createAlert`; the two lists of people are what differs between the vendors. */
export function createAlertParams<R extends z.ZodType, V extends z.ZodType>(vendor: {
  /** In the help texts. */
  readonly name: string;
  readonly tagsLabel: string;
  readonly responder: R;
  readonly visibleTo: V;
  /** Said below `responders`. */
  readonly responderHelp: string;
  readonly visibleToHelp: string;
}) {
  const { user, source, note } = commonFields({ source: 6, user: 7, note: 8 });
  const json = { widget: 'json' } as const;
  return z.strictObject({
    message: f.of(
      z
        .string()
        .min(1)
        .max(LONGEST_MESSAGE)
        .refine((message) => message.trim() !== '', 'must be populated with a value other than just whitespace'),
      'Message',
      `${vendor.name} takes ${MESSAGE_LIMIT} characters; a longer message is cut.`,
      { widget: 'text', order: 0 },
    ),
    alias: f
      .text('Alias', `The unique alert identifier used for deduplication in ${vendor.name}. Closing needs it.`, {
        order: 4,
      })
      .optional(),
    description: f.of(text(15_000), 'Description', undefined, { widget: 'textarea', order: 3 }).optional(),
    responders: f
      .of(z.array(vendor.responder).max(50), 'Responders', vendor.responderHelp, { ...json, order: 9 })
      .optional(),
    visibleTo: f
      .of(z.array(vendor.visibleTo).max(50), 'Visible to', vendor.visibleToHelp, { ...json, order: 10 })
      .optional(),
    actions: f
      .of(shortTexts(10), 'Actions', 'Names of custom actions that people can start from the alert.', {
        widget: 'list',
        order: 11,
      })
      .optional(),
    tags: f
      .of(
        shortTexts(20),
        vendor.tagsLabel,
        'In an action of a rule, {{rule.tags}} as a tag of its own stands for all tags of the rule.',
        {
          widget: 'list',
          order: 1,
        },
      )
      .optional(),
    details: f
      .map('Details', `Custom properties; ${vendor.name} keeps 8000 characters in total.`, { order: 12 })
      .optional(),
    entity: f
      .of(text(512), 'Entity', 'The domain of the alert. For example, the application name.', {
        widget: 'text',
        order: 5,
      })
      .optional(),
    source,
    priority: f
      .select(
        ['P1', 'P2', 'P3', 'P4', 'P5'],
        'Priority',
        `P1 is the highest. ${vendor.name} takes P3 when it is left out.`,
        {
          order: 2,
        },
      )
      .optional(),
    user,
    note,
  });
}

/** What both vendors are given of a new alert, whoever is to be told. */
export interface NewAlert extends Readonly<Record<string, unknown>> {
  readonly message: string;
  readonly alias?: string;
}

export const closeAlertParams = z.strictObject({
  alias: f.text('Alias', 'The alias with which the alert was created.', { order: 0 }),
  ...commonFields({ note: 1, source: 2, user: 3 }),
});
export type AlertToClose = z.output<typeof closeAlertParams>;
