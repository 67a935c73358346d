import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AnyConnectorType } from '../../src/connectors/define.ts';
import { secretPaths } from '../../src/connectors/form.ts';
import { problemOfType } from '../../src/connectors/type-shape.ts';
import type { Check } from './check.ts';
import { answerChecks } from './checks-answers.ts';
import { connectionChecks } from './checks-connection.ts';
import { echoChecks } from './checks-echo.ts';
import { gateChecks } from './checks-gates.ts';
import { injectionChecks } from './checks-injection.ts';
import { redirectChecks } from './checks-redirects.ts';
import { sampleChecks } from './checks-sample.ts';
import { smtpChecks } from './checks-smtp.ts';
import { kindOf, place } from './place.ts';
import { type Subject, subjectsOf } from './subjects.ts';
import { openWorld, type World } from './world.ts';

/**
 * What every connector type must hold, whoever wrote it. The suite is driven by the declaration of the type: its schemas,
 * its marks of secrets, its `sample`.
 *
 * A new type needs nothing here: it is found in `BUILT_IN_TYPES` (or among the examples), its sample's URLs and mail
 * server are led to servers on the loopback interface that do whatever a check wants, and every secret that it can hold
 * becomes a canary. Where its vendor departs from the customs of HTTP (another status of success, an answer with an error
 * in it, no retry), one line in the table of `subjects.ts` says so. A type with several ways to its target (SMTP or Graph,
 * basic or OAuth) has one line for each.
 *
 * | file | holds |
 * |---|---|
 * | `subjects.ts` | the table |
 * | `place.ts` | leads a type to the suite's servers and plants the canaries |
 * | `world.ts` | those servers, and one run through the real runner, way out, recorder and log; whatever a check is about, each run must end in a well-formed verdict, one record and no trace of a secret |
 * | `checks-*.ts` | the checks |
 * | `share.ts` | deals the types out to the files `conformance-<share>.test.ts` |
 * | `toys.ts` | types that break a rule each: `negative.test.ts` shows that the checks notice |
 */
export const CHECKS: readonly Check[] = [
  ...sampleChecks,
  ...answerChecks,
  ...connectionChecks,
  ...redirectChecks,
  ...gateChecks,
  ...echoChecks,
  ...injectionChecks,
  ...smtpChecks,
];

/** What a second way of signing in to the same target can change. */
const CREDENTIAL_CHECKS: ReadonlySet<Check> = new Set([
  ...sampleChecks,
  ...redirectChecks,
  ...echoChecks,
  ...injectionChecks,
]);

/** The checks that apply to a subject, by the way it reaches the outside world. */
export function checksFor(subject: Subject): Check[] {
  const kind = kindOf(subject);
  return CHECKS.filter(
    (check) =>
      check.kinds.includes(kind) &&
      (check.applies?.(subject) ?? true) &&
      (!subject.line.sameTarget || CREDENTIAL_CHECKS.has(check)),
  );
}

/** Runs one check as the suite does. @throws what the check has against the subject */
export async function runCheck(name: string, world: World, subject: Subject): Promise<void> {
  const check = checksFor(subject).find((candidate) => candidate.name === name);
  if (check === undefined) throw new TypeError(`there is no check "${name}" for ${subject.name}`);
  world.forget();
  await check.run(world, subject);
}

/** Declares the tests of one type; call it at the top level of a test file. */
export function conformance(type: AnyConnectorType): void {
  const subjects = subjectsOf(type);
  describe(type.id, () => {
    test('the declaration is complete, and the sample fits it', () => {
      expect(problemOfType(type)).toBeUndefined();
    });

    test('every secret is a canary in one of its lines', () => {
      const nowhere = { origin: 'http://127.0.0.1:9', smtp: { host: '127.0.0.1', port: 9 } };
      const planted = subjects.flatMap((subject) => place(subject, nowhere).planted);
      expect([...new Set(planted)].sort()).toEqual(secretPaths(type).sort());
    });
  });
  for (const subject of subjects) {
    // Every subject has servers of its own, so they need not wait for each other; the checks of one do.
    describe.concurrent(subject.name, () => {
      let world: World;
      beforeAll(async () => {
        world = await openWorld();
      });
      afterAll(() => world.close());
      test.each(checksFor(subject).map(({ name }) => name))('%s', { concurrent: false }, (name) =>
        runCheck(name, world, subject),
      );
    });
  }
}
