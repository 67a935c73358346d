import { Button, Input } from '@mantine/core';
import { useRef } from 'react';
import { Icon } from '../../../ui/icons.tsx';
import { form as words } from '../../../words/form.ts';
import { Control } from './Control.tsx';
import { useControl } from './context.ts';
import classes from './controls.module.css';
import type { ControlProps } from './TextControl.tsx';

/** What becomes of a stored secret. */
export type SecretFate = 'kept' | 'replaced' | 'removed';

interface SecretControlProps extends ControlProps {
  readonly fate: SecretFate;
  readonly onFate: (fate: SecretFate) => void;
}

/**
 * A secret that is stored. The browser never has it, so there is nothing to show: it is kept until somebody chooses to
 * type another one.
 */
export function SecretControl({ fate, onFate, ...props }: SecretControlProps) {
  const { field, path } = props;
  const { id, problem, isReadOnly } = useControl(path);
  // A control that appears because somebody asked for it takes the focus; one that was asked for by the server does not.
  const isAsked = useRef(false);

  if (fate === 'replaced') {
    return (
      <div>
        <Control {...props} autoFocus={isAsked.current} />
        <div className={classes.buttons}>
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => {
              props.onChange(undefined);
              onFate('kept');
            }}
          >
            {words.keepSecret}
          </Button>
        </div>
      </div>
    );
  }
  const describe = (next: SecretFate) => () => {
    isAsked.current = next === 'replaced';
    onFate(next);
  };
  return (
    <Input.Wrapper
      label={field.label}
      labelElement="div"
      description={field.help}
      error={problem}
      withAsterisk={field.isRequired && !isReadOnly}
    >
      <div className={classes.set} data-problem={problem !== undefined || undefined}>
        <Icon name="lock" size={14} />
        <span>{fate === 'kept' ? words.secretSet : words.secretRemoved}</span>
        {!isReadOnly && (
          <span>
            {fate === 'kept' && !field.isRequired && (
              <Button
                size="compact-sm"
                variant="subtle"
                color="gray"
                aria-label={words.removeSecret(field.label)}
                onClick={describe('removed')}
              >
                {words.remove}
              </Button>
            )}
            {fate === 'removed' && (
              <Button size="compact-sm" variant="subtle" color="gray" onClick={describe('kept')}>
                {words.keepSecret}
              </Button>
            )}
            <Button
              id={id}
              size="compact-sm"
              variant="subtle"
              leftSection={<Icon name="edit" size={12} />}
              aria-label={words.editSecret(field.label)}
              onClick={describe('replaced')}
            >
              {words.edit}
            </Button>
          </span>
        )}
      </div>
    </Input.Wrapper>
  );
}
