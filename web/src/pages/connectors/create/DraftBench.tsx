import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { Icon } from '../../../ui/icons.tsx';
import { create as words } from '../../../words/create.ts';
import { test as testWords } from '../../../words/test.ts';
import { ParamsForm } from '../test/ParamsForm.tsx';
import { Results } from '../test/Results.tsx';
import type { Bench } from '../test/use-bench.ts';
import classes from './create.module.css';

/** Trying out a connector that is not saved: its request while it is typed, a check, a test. */
export function DraftBench({ bench, onCheck }: { bench: Bench; onCheck: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLElement>(null);
  const { outcome, callError, problems } = bench;
  const isUnfolded = isOpen || problems.length > 0;
  useEffect(() => {
    // Where it is narrow the answer is below the form that the button was pressed in.
    if (outcome !== undefined || callError) box.current?.scrollIntoView({ block: 'nearest' });
  }, [outcome, callError]);

  return (
    <section className={classes.bench} aria-label={words.testTitle} ref={box}>
      <div>
        <h2 className={classes.title}>{words.testTitle}</h2>
        <p className={classes.lead}>{words.testLead}</p>
      </div>
      <div className={classes.buttons}>
        <Button
          variant="default"
          size="xs"
          aria-expanded={isUnfolded}
          leftSection={<Icon name={isUnfolded ? 'up' : 'down'} size={12} />}
          onClick={() => setOpen(!isOpen)}
        >
          {isUnfolded ? words.hideParams : words.editParams}
        </Button>
        {bench.type.has_check && (
          <Button variant="default" size="xs" loading={bench.isChecking} onClick={onCheck}>
            {testWords.check}
          </Button>
        )}
      </div>
      {isUnfolded && <ParamsForm bench={bench} />}
      <Results bench={bench} />
    </section>
  );
}
