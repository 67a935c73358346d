import { z } from 'zod';
import type { HttpClient } from '../../egress/types.ts';
import { ask } from './answers.ts';

/** All that is used of a playbook; whatever else XSOAR says of it is handed on. */
const found = z.looseObject({ playbooks: z.array(z.looseObject({ id: z.string(), name: z.string() })) });

/**
 * Searches playbooks.
 *
 * @param filter `{}` finds all; `page` counts from 0, `size` is the number on a page
 * @returns XSOAR's answer as it came: `{ playbooks: [{ id, name, … }], … }`
 * @throws {VerdictError} see {@link ask}
 */
export function findPlaybooks(http: HttpClient, filter: { readonly page?: number; readonly size?: number }) {
  return ask(http, '/playbook/search', JSON.stringify(filter), found);
}
