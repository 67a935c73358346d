import { z } from 'zod';
import type { Principal } from '../../access/authorise.ts';
import type { PracticeTarget } from '../../connectors/practice-target.ts';
import { PatchbayError } from '../../errors.ts';
import { refusals } from '../answers.ts';
import { defineRoute, type Route } from '../route.ts';

const connector = z.object({ connector_id: z.string(), url: z.url() });
const ONLY_SUPERUSER = 'Only a superuser can start the practice target.';

/** What the console offers to somebody who has no connector yet. */
export function firstRunRoutes({ practiceTarget }: { practiceTarget: PracticeTarget }): Route[] {
  const isSuperuser = (principal: Principal) => principal.roles.includes('superuser');
  return [
    defineRoute({
      method: 'GET',
      path: '/internal/first-run/simulator',
      summary: 'Tell whether a practice target can be had',
      tag: 'server',
      answers: {
        200: {
          description: 'With the connector to it, if it runs and this space has one.',
          schema: z.object({
            on_offer: z.boolean(),
            reason: z.string().optional().describe('Why it is not on offer.'),
            ...connector.partial().shape,
          }),
        },
        ...refusals,
      },
      handler: async ({ principal, spaceId }) => {
        if (!isSuperuser(principal)) return { on_offer: false, reason: ONLY_SUPERUSER };
        const running = await practiceTarget.current(spaceId);
        const reason = running === undefined ? await practiceTarget.problem() : undefined;
        return { on_offer: reason === undefined, reason, connector_id: running?.connectorId, url: running?.url };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/internal/first-run/simulator',
      summary: 'Start a practice target and make a connector to it',
      tag: 'server',
      answers: { 200: { description: 'The same at every call.', schema: connector }, ...refusals },
      handler: async ({ principal, spaceId }) => {
        if (!isSuperuser(principal)) throw new PatchbayError('forbidden', ONLY_SUPERUSER);
        const { connectorId, url } = await practiceTarget.start(spaceId);
        return { connector_id: connectorId, url };
      },
    }),
  ];
}
