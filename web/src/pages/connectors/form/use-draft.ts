import { useCallback, useMemo, useState } from 'react';
import { form as words } from '../../../words/form.ts';
import { areasOf, type ConnectorForm, type Draft } from './draft.ts';
import type { Problem } from './problems.ts';
import { problemsIn, secretsAskedAgain } from './refusals.ts';
import type { SecretFate } from './SecretControl.tsx';
import { isSame, pathOf } from './values.ts';

/** The state of a connector's form. */
export interface DraftState {
  readonly form: ConnectorForm;
  readonly draft: Draft;
  readonly problems: readonly Problem[];
  /** Counts the presses of buttons that met problems. */
  readonly attempt: number;
  /** Changes a value; its problem disappears with it. */
  readonly set: (base: 'config' | 'secrets', name: string, value: unknown) => void;
  readonly setName: (name: string) => void;
  readonly setTags: (tags: readonly string[]) => void;
  readonly setFate: (name: string, fate: SecretFate) => void;
  readonly replace: (draft: Draft | ((now: Draft) => Draft)) => void;
  readonly showProblems: (problems: readonly Problem[]) => void;
  /** Puts a refusal of the server at the fields that it names; secrets that it asks for again open. */
  readonly showRefusal: (message: string) => void;
}

export function useDraft(form: ConnectorForm, initial: Draft): DraftState {
  const [draft, setDraft] = useState(initial);
  const [{ problems, attempt }, setShown] = useState<{ problems: readonly Problem[]; attempt: number }>({
    problems: [],
    attempt: 0,
  });

  const showProblems = useCallback((next: readonly Problem[]) => {
    setShown((before) => ({ problems: next, attempt: before.attempt + 1 }));
  }, []);
  // What is being mended is no longer wrong until it is looked at again; so is what the server said of no field.
  const forget = useCallback((path: string) => {
    setShown((before) => {
      const left = before.problems.filter(
        (one) => one.path !== '' && one.path !== path && !one.path.startsWith(`${path}.`),
      );
      return left.length === before.problems.length ? before : { ...before, problems: left };
    });
  }, []);

  return useMemo(() => {
    const setFate = (name: string, fate: SecretFate) => {
      forget(pathOf('secrets', name));
      setDraft((before) => ({
        ...before,
        fates: { ...before.fates, [name]: fate },
        secrets: fate === 'replaced' ? before.secrets : { ...before.secrets, [name]: undefined },
      }));
    };
    return {
      form,
      draft,
      problems,
      attempt,
      set(base, name, value) {
        forget(pathOf(base, name));
        setDraft((before) =>
          isSame(before[base][name], value) && value === before[base][name]
            ? before
            : { ...before, [base]: { ...before[base], [name]: value } },
        );
      },
      setName(name) {
        forget('name');
        setDraft((before) => ({ ...before, name }));
      },
      setTags(tags) {
        forget('tags');
        setDraft((before) => ({ ...before, tags }));
      },
      setFate,
      replace: setDraft,
      showProblems,
      showRefusal(message) {
        const asked = secretsAskedAgain(message);
        if (asked === undefined) return showProblems(problemsIn(message, areasOf(form, draft)));
        const changed = form.config.find(({ name }) => name === asked.changed)?.label ?? asked.changed;
        for (const name of asked.secrets) setFate(name, 'replaced');
        showProblems(
          asked.secrets.map((name) => {
            const label = form.secrets.find((field) => field.name === name)?.label ?? name;
            return { path: pathOf('secrets', name), message: words.movedSecret(label, changed) };
          }),
        );
      },
    } satisfies DraftState;
  }, [form, draft, problems, attempt, forget, showProblems]);
}
