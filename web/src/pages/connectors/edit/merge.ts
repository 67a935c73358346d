import type { Connector } from '../../../api/connectors.ts';
import { form as formWords } from '../../../words/form.ts';
import { type ConnectorForm, type Draft, draftOf } from '../form/draft.ts';
import { isSame, isUnset } from '../form/values.ts';

/** Two people changed the same connector. */
export interface Conflict {
  /** What is stored now. */
  readonly theirs: Connector;
  readonly differences: readonly Difference[];
  /** How often saving was refused because of it; 0 when it was noticed by looking. */
  readonly refusals: number;
}

/** A field that the other one changed. */
export interface Difference {
  readonly label: string;
  readonly before: unknown;
  readonly theirs: unknown;
  readonly mine: unknown;
}

/** What the other one changed, beside what the reader has. */
export function differencesOf(form: ConnectorForm, before: Connector, theirs: Connector, mine: Draft): Difference[] {
  const base = draftOf(before);
  const other = draftOf(theirs);
  const differences: Difference[] = [];
  const compare = (label: string, a: unknown, b: unknown, c: unknown) => {
    if (!isSame(a, b)) differences.push({ label, before: a, theirs: b, mine: c });
  };
  compare(formWords.name, base.name, other.name, mine.name);
  compare(formWords.tags, base.tags, other.tags, mine.tags);
  for (const name of namesOf(base.config, other.config)) {
    const label = form.config.find((field) => field.name === name)?.label ?? name;
    compare(label, base.config[name], other.config[name], mine.config[name]);
  }
  for (const name of namesOf(base.fates, other.fates)) {
    const label = form.secrets.find((field) => field.name === name)?.label ?? name;
    const set = (fates: Draft['fates']) => (fates[name] === undefined ? undefined : formWords.secretSet);
    compare(label, set(base.fates), set(other.fates), set(mine.fates));
  }
  return differences;
}

/** What was changed from `base` to `mine`, on top of `other`: of a field that both changed, mine. */
export function rebased(base: Draft, other: Draft, mine: Draft): Draft {
  const newer = <T>(a: T, b: T, c: T) => (isSame(c, a) ? b : c);
  const typed = namesOf(base.secrets, mine.secrets).filter((name) => !isSame(mine.secrets[name], base.secrets[name]));
  const secrets = Object.fromEntries(typed.map((name) => [name, mine.secrets[name]]));
  return {
    name: newer(base.name, other.name, mine.name),
    tags: newer(base.tags, other.tags, mine.tags),
    config: Object.fromEntries(
      namesOf(other.config, mine.config).map((name) => [
        name,
        newer(base.config[name], other.config[name], mine.config[name]),
      ]),
    ),
    secrets,
    fates: Object.fromEntries(
      Object.entries(other.fates).map(([name, fate]) => [
        name,
        // What was typed replaces what the other one stored, also where nothing was stored before.
        isUnset(secrets[name]) ? newer(base.fates[name] ?? fate, fate, mine.fates[name] ?? fate) : 'replaced',
      ]),
    ),
  };
}

function namesOf(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}
