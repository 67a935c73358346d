import { useMemo } from 'react';
import { useMay } from '../../../api/session.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { test as words } from '../../../words/test.ts';
import { useEdit } from '../edit/edit-context.ts';
import classes from './bench.module.css';
import { ParamsForm } from './ParamsForm.tsx';
import { Results } from './Results.tsx';
import { CheckButton, RunButton } from './RunButton.tsx';
import { useBench } from './use-bench.ts';

/** Runs a stored connector: parameters at the left; request, look and answer at the right. */
export function TestTab() {
  const { connector, type, isDirty } = useEdit();
  const mayExecute = useMay('execute');
  const subject = useMemo(() => ({ connector_id: connector.id }), [connector.id]);
  const reason = isDirty ? words.unsaved : connector.is_missing_secrets === true ? words.missingSecrets : undefined;
  const bench = useBench({ type, subject, isBlocked: reason !== undefined });
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
        {reason !== undefined && <Notice tone="warning">{reason}</Notice>}
        <div className={classes.buttons}>
          <RunButton bench={bench}>{words.run}</RunButton>
          <CheckButton bench={bench} />
        </div>
        <Results bench={bench} action={{ connector, params: bench.params }} />
      </div>
    </div>
  );
}
