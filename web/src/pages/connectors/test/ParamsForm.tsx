import { Button, NativeSelect } from '@mantine/core';
import { useId, useMemo } from 'react';
import { Notice } from '../../../ui/Notice.tsx';
import { form as formWords } from '../../../words/form.ts';
import { test as words } from '../../../words/test.ts';
import { FormContext } from '../form/context.ts';
import { FormFields } from '../form/FormFields.tsx';
import { ProblemSummary } from '../form/ProblemSummary.tsx';
import classes from './bench.module.css';
import { performAsked } from './RunButton.tsx';
import type { Bench } from './use-bench.ts';

/** What to do and with which parameters, filled in with the type's sample. */
export function ParamsForm({ bench }: { bench: Bench }) {
  const { actions, action, area, values, problems, attempt } = bench;
  const id = useId();
  const context = useMemo(
    () => ({
      id,
      isReadOnly: false,
      problems: new Map(problems.toReversed().map(({ path, message }) => [path, message])),
    }),
    [id, problems],
  );
  const parts = useMemo(() => [{ base: area.base, fields: action.fields }], [area.base, action.fields]);
  return (
    <FormContext value={context}>
      <form
        noValidate
        className={classes.params}
        onSubmit={(event) => {
          event.preventDefault();
          void performAsked(bench);
        }}
      >
        <ProblemSummary formId={id} problems={problems} areas={[area]} attempt={attempt} />
        {actions.length > 1 && (
          <NativeSelect
            label={words.action}
            value={action.name}
            data={actions.map(({ name, label }) => ({ value: name, label }))}
            onChange={(event) => bench.choose(event.currentTarget.value)}
          />
        )}
        {action.description !== undefined && <p className={classes.lead}>{action.description}</p>}
        {action.isDestructive && <Notice tone="warning">{words.destructive}</Notice>}
        {action.fields.length === 0 ? (
          <p className={classes.lead}>{words.noParams}</p>
        ) : (
          <FormFields
            key={action.name}
            parts={parts}
            values={{ [area.base]: values }}
            onChange={(_base, name, value) => bench.set(name, value)}
            words={formWords.params}
          />
        )}
        {!bench.isSample && (
          <div>
            <Button size="compact-sm" variant="subtle" onClick={bench.takeSample}>
              {words.takeSample}
            </Button>
          </div>
        )}
        {/* Enter in a field runs the test; the button that people see stands elsewhere. */}
        <button type="submit" hidden tabIndex={-1} />
      </form>
    </FormContext>
  );
}
