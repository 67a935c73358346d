import { expect } from 'vitest';
import type { Failed } from '../../src/connectors/verdict.ts';
import type { Kind } from './place.ts';
import type { Subject } from './subjects.ts';
import type { Outcome, World } from './world.ts';

/** One thing that must hold for every subject of the kinds it names. Throws when it does not. */
export interface Check {
  readonly name: string;
  readonly kinds: readonly Kind[];
  /** Narrows the kinds further. */
  applies?(subject: Subject): boolean;
  run(world: World, subject: Subject): Promise<void>;
}

/** Asserts that a run failed, with one of the codes. */
export function expectFailure({ verdict }: Outcome, ...codes: Failed['code'][]): Failed {
  expect(verdict.outcome, JSON.stringify(verdict)).toBe('failed');
  const failure = verdict as Failed;
  if (codes.length > 0) expect(codes, failure.serviceMessage ?? failure.message).toContain(failure.code);
  return failure;
}

/** Message and service message: types put what went wrong into either. */
export function textOf({ message, serviceMessage = '' }: Failed): string {
  return `${message}: ${serviceMessage}`;
}
