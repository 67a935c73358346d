import { TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useId, useMemo, useRef } from 'react';
import { connectorsQuery } from '../../../api/connectors.ts';
import { form as words } from '../../../words/form.ts';
import classes from './ConnectorFields.module.css';
import { controlId, FormContext } from './context.ts';
import { areasOf } from './draft.ts';
import { FormFields } from './FormFields.tsx';
import { ProblemSummary } from './ProblemSummary.tsx';
import type { DraftState } from './use-draft.ts';

interface ConnectorFieldsProps {
  readonly state: DraftState;
  /** The form element's id, by which buttons outside of it submit it. */
  readonly id: string;
  readonly isReadOnly?: boolean;
  /** The name takes the focus, as in a new connector. */
  readonly isNew?: boolean;
  /** Beside the name. */
  readonly idField?: ReactNode;
  /** Above the fields, below what is wrong. */
  readonly notices?: ReactNode;
  readonly onSubmit: () => void;
}

/** Name, tags, config and secrets of a connector. */
export function ConnectorFields({
  state,
  id,
  isReadOnly = false,
  isNew = false,
  idField,
  notices,
  onSubmit,
}: ConnectorFieldsProps) {
  const { form, draft, problems, attempt } = state;
  const inner = useId();
  const name = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!isNew) return;
    // After the panel's own choice of what to focus.
    const timer = setTimeout(() => name.current?.focus(), 20);
    return () => clearTimeout(timer);
  }, [isNew]);
  const context = useMemo(
    () => ({
      id: inner,
      isReadOnly,
      problems: new Map(problems.toReversed().map(({ path, message }) => [path, message])),
    }),
    [inner, isReadOnly, problems],
  );
  const values = useMemo(() => ({ config: draft.config, secrets: draft.secrets }), [draft.config, draft.secrets]);
  const { data: connectors } = useQuery({ ...connectorsQuery, refetchInterval: false, enabled: !isReadOnly });
  const knownTags = useMemo(
    () => [...new Set((connectors ?? []).flatMap(({ tags }) => tags ?? []))].sort(),
    [connectors],
  );

  return (
    <FormContext value={context}>
      <form
        id={id}
        noValidate
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <ProblemSummary formId={inner} problems={problems} areas={areasOf(form, draft)} attempt={attempt} />
        {notices}
        <div className={idField === undefined ? undefined : classes.heads}>
          <TextInput
            id={controlId(inner, 'name')}
            label={words.name}
            required={!isReadOnly}
            readOnly={isReadOnly}
            value={draft.name}
            error={context.problems.get('name')}
            maxLength={1_000}
            autoComplete="off"
            ref={name}
            data-test-subj="nameInput"
            onChange={(event) => state.setName(event.currentTarget.value)}
          />
          {idField}
        </div>
        <FormFields
          parts={form.parts}
          values={values}
          onChange={state.set as (base: string, name: string, value: unknown) => void}
          fates={draft.fates}
          onFate={state.setFate}
          words={words.settings}
        />
        {!(isReadOnly && draft.tags.length === 0) && (
          <TagsInput
            id={controlId(inner, 'tags')}
            label={words.tags}
            description={words.tagsHelp}
            readOnly={isReadOnly}
            value={[...draft.tags]}
            data={knownTags}
            error={[...context.problems].find(([path]) => /^tags(\.|$)/.test(path))?.[1]}
            maxTags={100}
            clearable={false}
            splitChars={[',', ';']}
            maxDropdownHeight={200}
            comboboxProps={{ withinPortal: true }}
            onChange={(tags) =>
              state.setTags(
                [...new Set(tags.flatMap((tag) => tag.split(/[,;]/)).map((tag) => tag.trim()))].filter(Boolean),
              )
            }
          />
        )}
      </form>
    </FormContext>
  );
}
