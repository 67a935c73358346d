import { Button, Menu } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { root } from '../api/client.ts';
import { signOut, useSession } from '../api/session.ts';
import { reasonOf } from '../ui/Failure.tsx';
import { tame } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { toast } from '../ui/toast.tsx';
import { shell } from '../words/shell.ts';
import classes from './WhoMenu.module.css';

/** Who is signed in, the way to the profile, and the way out. */
export function WhoMenu() {
  const { username } = useSession();
  const name = tame(username, 40);

  async function leave() {
    try {
      await signOut();
      // A fresh start: nothing of this person stays in memory.
      location.assign(new URL('login', root));
    } catch (error) {
      toast.failure(shell.signOutFailed + reasonOf(error));
    }
  }

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
        <Menu.Item component={Link} to="/access" leftSection={<Icon name="access" />}>
          {shell.profile}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="leave" />} onClick={leave}>
          {shell.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
