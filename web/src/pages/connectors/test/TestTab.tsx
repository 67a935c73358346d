import { Button } from '@mantine/core';
import { useMemo } from 'react';
import { useMay } from '../../../api/session.ts';
import { Icon } from '../../../ui/icons.tsx';
import { Notice } from '../../../ui/Notice.tsx';
import { test as words } from '../../../words/test.ts';
import { useEdit } from '../edit/edit-context.ts';
import classes from './bench.module.css';
import { ParamsForm } from './ParamsForm.tsx';
import { Results } from './Results.tsx';
import { RunButton } from './RunButton.tsx';
import { useBench } from './use-bench.ts';

/** Runs a stored connector: parameters at the left; request, look and answer at the right. */
export function TestTab() {
  const { connector, type, isDirty } = useEdit();
  const mayExecute = useMay('execute');
  const subject = useMemo(() => ({ connector_id: connector.id }), [connector.id]);
  const bench = useBench({ type, subject });
  if (!mayExecute) return <Notice>{words.readOnlyRole}</Notice>;
  return (
    <div className={classes.columns}>
      <div className={classes.column}>
        <div className={classes.head}>
          <h2 className={classes.subtitle}>{words.params}</h2>
          <span className={classes.lead}>{words.paramsLead}</span>
        </div>
        <ParamsForm bench={bench} />
      </div>
      <div className={classes.column}>
        {connector.is_missing_secrets === true && <Notice tone="warning">{words.missingSecrets}</Notice>}
        {isDirty && <Notice tone="warning">{words.unsaved}</Notice>}
        <div className={classes.buttons}>
          <RunButton bench={bench}>{words.run}</RunButton>
          {type.has_check && (
            <Button
              variant="default"
              loading={bench.isChecking}
              leftSection={<Icon name="check" size={14} />}
              onClick={bench.check}
            >
              {words.check}
            </Button>
          )}
        </div>
        <Results bench={bench} action={{ connector, params: bench.params }} />
      </div>
    </div>
  );
}
