import type { AnyConnectorType } from '../../src/connectors/define.ts';
import { everyType, subjectsOf } from './subjects.ts';
import { checksFor, conformance } from './suite.ts';

/** How many files `conformance-<share>.test.ts` there are, which test runners can work on at the same time. */
export const SHARES = 4;

/** Declares the tests of one share of the types, from 1; call it at the top level of a test file. */
export async function conformanceShare(share: number): Promise<void> {
  for (const type of sharesOf(await everyType())[share - 1]!) conformance(type);
}

/** Deals the types out, those with the most checks first, each to the share that has the fewest by then. */
export function sharesOf(types: readonly AnyConnectorType[]): AnyConnectorType[][] {
  const weighed = types.map((type) => ({ type, checks: subjectsOf(type).flatMap(checksFor).length }));
  const shares = Array.from({ length: SHARES }, () => ({ types: [] as AnyConnectorType[], checks: 0 }));
  for (const { type, checks } of weighed.sort((a, b) => b.checks - a.checks)) {
    const lightest = shares.reduce((least, share) => (share.checks < least.checks ? share : least));
    lightest.types.push(type);
    lightest.checks += checks;
  }
  return shares.map((share) => share.types);
}
