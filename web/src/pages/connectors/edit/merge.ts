import type { Connector } from '../../../api/connectors.ts';
import { form as formWords } from '../../../words/form.ts';
import { type ConnectorForm, type Draft, draftOf } from '../form/draft.ts';
import { isSame } from '../form/values.ts';

/** Two people changed the same connector. */
export interface Conflict {
  /** What is stored now. */
  readonly theirs: Connector;
  readonly differences: readonly Difference[];
  /** Noticed by saving, not by looking. */
  readonly isRefused: boolean;
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

/** The reader's changes on top of what is stored now: of a field that both changed, the reader's. */
export function merged(before: Connector, theirs: Connector, mine: Draft): Draft {
  const base = draftOf(before);
  const other = draftOf(theirs);
  const config = Object.fromEntries(
    namesOf(other.config, mine.config).map((name) => [
      name,
      isSame(mine.config[name], base.config[name]) ? other.config[name] : mine.config[name],
    ]),
  );
  return {
    name: mine.name === base.name ? other.name : mine.name,
    tags: isSame(mine.tags, base.tags) ? other.tags : mine.tags,
    config,
    secrets: mine.secrets,
    fates: Object.fromEntries(Object.entries(other.fates).map(([name, fate]) => [name, mine.fates[name] ?? fate])),
  };
}

function namesOf(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}
