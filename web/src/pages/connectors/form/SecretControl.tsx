import { Button, Input } from '@mantine/core';
import { useEffect, useRef } from 'react';
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
  // What appears in place of the button that was pressed takes the focus; what the server asks for does not.
  const isPressed = useRef(false);
  const editButton = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isPressed.current && fate !== 'replaced') editButton.current?.focus();
    isPressed.current = false;
  }, [fate]);
  const press = (next: SecretFate) => () => {
    isPressed.current = true;
    onFate(next);
  };

  if (fate === 'replaced') {
    return (
      <div>
        <Control {...props} autoFocus={isPressed.current} />
        <div className={classes.buttons}>
          <Button size="compact-xs" variant="subtle" onClick={press('kept')}>
            {words.keepSecret}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <Input.Wrapper
      label={field.label}
      labelElement="div"
      description={field.help}
      error={problem}
      errorProps={{ id: `${id}-problem` }}
      withAsterisk={field.isRequired && !isReadOnly}
    >
      <div className={classes.set} data-problem={problem !== undefined || undefined}>
        <Icon name="lock" size={14} />
        <span>{fate === 'removed' ? words.secretRemoved : isReadOnly ? words.secretReadOnly : words.secretSet}</span>
        {!isReadOnly && (
          <span>
            {fate === 'kept' && !field.isRequired && (
              <Button
                size="compact-sm"
                variant="subtle"
                color="gray"
                aria-label={words.removeSecret(field.label)}
                onClick={press('removed')}
              >
                {words.remove}
              </Button>
            )}
            {fate === 'removed' && (
              <Button size="compact-sm" variant="subtle" color="gray" onClick={press('kept')}>
                {words.keepSecret}
              </Button>
            )}
            <Button
              id={id}
              ref={editButton}
              aria-describedby={problem && `${id}-problem`}
              size="compact-sm"
              variant="subtle"
              leftSection={<Icon name="edit" size={12} />}
              aria-label={words.editSecret(field.label)}
              onClick={press('replaced')}
            >
              {words.edit}
            </Button>
          </span>
        )}
      </div>
    </Input.Wrapper>
  );
}
