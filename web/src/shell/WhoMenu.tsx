import { Button, Menu } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useSession } from '../api/session.ts';
import { tame } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { shell } from '../words/shell.ts';
import { leave } from './sign-out.ts';
import classes from './WhoMenu.module.css';

/** Who is signed in, the way to the profile, and the way out. */
export function WhoMenu() {
  const { username } = useSession();
  const name = tame(username, 40);

  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          className={classes.button}
          leftSection={<Icon name="user" />}
          rightSection={<Icon name="down" size={14} />}
          aria-label={`${shell.signedInAs} ${name}`}
        >
          <bdi className={classes.name}>{name}</bdi>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {shell.signedInAs} <bdi>{name}</bdi>
        </Menu.Label>
        <Menu.Item component={Link} to="/profile" leftSection={<Icon name="user" />}>
          {shell.profile}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="leave" />} onClick={() => void leave()}>
          {shell.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
