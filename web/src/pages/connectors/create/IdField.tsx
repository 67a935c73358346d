import { TextInput } from '@mantine/core';
import { Icon } from '../../../ui/icons.tsx';
import { create as words } from '../../../words/create.ts';
import { useControl } from '../form/context.ts';
import classes from './create.module.css';
import type { ConnectorId } from './use-connector-id.ts';

/** The id of a new connector, which follows the name until it is typed over, and whether it is free. */
export function IdField({ value }: { value: ConnectorId }) {
  const { id, problem } = useControl('id');
  const { state } = value;
  const error = state === 'wrong' ? words.idWrong : state === 'taken' ? words.idTaken(value.id) : undefined;
  return (
    <TextInput
      id={id}
      label={words.id}
      description={
        <>
          <span role="status" className={classes.idState}>
            {state === 'free' && (
              <>
                <Icon name="check" size={12} /> {words.idFree}
              </>
            )}
            {state === 'checking' && words.idChecking}
          </span>
          {words.idHelp}
        </>
      }
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      placeholder={words.idPlaceholder}
      value={value.id}
      error={error ?? problem}
      autoComplete="off"
      spellCheck={false}
      classNames={{ input: 'mono' }}
      data-test-subj="connectorIdInput"
      onChange={(event) => value.set(event.currentTarget.value)}
    />
  );
}
