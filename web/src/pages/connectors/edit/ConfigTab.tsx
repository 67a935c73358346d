import type { Connector } from '../../../api/connectors.ts';
import { tame } from '../../../ui/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { edit as words } from '../../../words/edit.ts';
import { SetupSteps } from '../create/SetupSteps.tsx';
import { ConnectorFields } from '../form/ConnectorFields.tsx';
import { ConflictNotice } from './ConflictNotice.tsx';
import classes from './edit.module.css';
import { FORM_ID, useEdit } from './edit-context.ts';

/** Name, config and secrets of a connector, beside the vendor's steps for getting the credentials. */
export function ConfigTab() {
  const { connector, type, state, readOnly, conflict, isMerged, generation, save } = useEdit();
  const isHidden = connector.config === undefined;
  return (
    <div className={classes.columns}>
      <div className={classes.form}>
        {readOnly !== undefined && <WhyReadOnly reason={readOnly} connector={connector} />}
        {conflict !== undefined && <ConflictNotice conflict={conflict} />}
        {!isHidden && (
          <ConnectorFields
            // Another state of the server, taken over as a whole, begins a new form: what it folds away is decided anew.
            key={generation}
            id={FORM_ID}
            state={state}
            isReadOnly={readOnly !== undefined}
            onSubmit={save}
            notices={
              <>
                {type.notice !== undefined && <Notice tone="warning">{tame(type.notice, 1_000)}</Notice>}
                {isMerged && <Notice role="status">{words.mergedHint}</Notice>}
                {connector.is_missing_secrets === true && (
                  <Notice tone="warning" title={words.missingSecretsTitle}>
                    {words.missingSecretsText(missingLabels(state.form.secrets))}
                  </Notice>
                )}
              </>
            }
          />
        )}
      </div>
      {readOnly === undefined && <SetupSteps type={type} />}
    </div>
  );
}

function missingLabels(fields: readonly { label: string; isSecret: boolean; isRequired: boolean }[]): string {
  const secret = fields.filter(({ isSecret }) => isSecret);
  const needed = secret.some(({ isRequired }) => isRequired) ? secret.filter(({ isRequired }) => isRequired) : [];
  return needed.length === 0 ? words.missingSecretsAny : words.listed(needed.map(({ label }) => label));
}

interface WhyReadOnlyProps {
  readonly reason: 'preconfigured' | 'role' | 'disabled';
  readonly connector: Connector;
}

function WhyReadOnly({ reason, connector }: WhyReadOnlyProps) {
  if (reason === 'role') return <Notice>{words.readOnly}</Notice>;
  if (reason === 'disabled')
    return (
      <Notice tone="warning" title={words.disabledTitle}>
        {words.disabledText(tame(connector.connector_type_id))}
      </Notice>
    );
  return (
    <Notice title={words.preconfiguredTitle}>
      {words.preconfiguredText(tame(connector.id))} {connector.config === undefined && words.preconfiguredHidden}
    </Notice>
  );
}
