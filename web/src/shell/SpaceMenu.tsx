import { Button, Popover, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { space, urlOfSpace } from '../api/client.ts';
import { Icon } from '../ui/icons.tsx';
import { shell } from '../words/shell.ts';
import classes from './SpaceMenu.module.css';

/** The space of this page, and the way to another one: spaces come to be by being used, so any name will do. */
export function SpaceMenu() {
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string | undefined>(undefined);

  function open(event: FormEvent) {
    event.preventDefault();
    if (!/^[a-z0-9_-]+$/.test(name)) return setProblem(shell.spaceHelp);
    location.assign(urlOfSpace(name));
  }

  return (
    <Popover position="bottom-end" trapFocus returnFocus width={280}>
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          className={classes.button}
          aria-label={shell.space(space)}
          leftSection={<Icon name="space" size={14} />}
          rightSection={<Icon name="down" size={14} />}
        >
          <span className={classes.name}>{space}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={shell.space(space)}>
        <form onSubmit={open} className={classes.form} noValidate>
          <div className={classes.current}>
            {shell.spaceIs} <strong>{space}</strong>
          </div>
          <TextInput
            label={shell.spaceOther}
            aria-label={shell.spaceName}
            description={shell.spaceHelp}
            value={name}
            error={problem}
            onChange={(event) => {
              setName(event.currentTarget.value);
              setProblem(undefined);
            }}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={100}
          />
          <div className={classes.buttons}>
            {space !== 'default' && (
              <Button variant="default" component="a" href={urlOfSpace('default')}>
                default
              </Button>
            )}
            <Button type="submit">{shell.spaceOpen}</Button>
          </div>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
