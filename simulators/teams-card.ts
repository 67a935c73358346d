import { z } from 'zod';

/**
 * As much of the schema of Adaptive Cards as Teams needs to draw texts, and nothing beyond it.
 * @see https://adaptivecards.io/explorer/ (1.4); `msteams` is Teams' own
 */
const textBlock = z.strictObject({
  type: z.literal('TextBlock'),
  text: z.string().min(1),
  wrap: z.boolean().optional(),
  weight: z.enum(['Default', 'Lighter', 'Bolder']).optional(),
  size: z.enum(['Default', 'Small', 'Medium', 'Large', 'ExtraLarge']).optional(),
});
const adaptiveCard = z.strictObject({
  type: z.literal('AdaptiveCard'),
  $schema: z.url().optional(),
  version: z.string().regex(/^1\.[0-5]$/),
  body: z.array(textBlock).min(1),
  msteams: z.strictObject({ width: z.literal('Full') }).optional(),
});
/** The `attachments` of a message: cards, each in its envelope. */
export const attachments = z
  .array(
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null().optional(),
      content: adaptiveCard,
    }),
  )
  .min(1);

/** What Teams would draw of a card. @throws {z.ZodError} for what is none */
export function textOfCard(card: unknown): string {
  return adaptiveCard
    .parse(card)
    .body.map(({ text }) => text)
    .join('\n');
}
