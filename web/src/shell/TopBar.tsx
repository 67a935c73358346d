import { ActionIcon, Drawer } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { root } from '../api/client.ts';
import { Icon } from '../ui/icons.tsx';
import { shell } from '../words/shell.ts';
import { Navigation } from './Navigation.tsx';
import { SchemeMenu } from './SchemeMenu.tsx';
import { SpaceMenu } from './SpaceMenu.tsx';
import classes from './TopBar.module.css';
import { WhoMenu } from './WhoMenu.tsx';

export function TopBar() {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <header className={classes.bar} data-top-bar>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        className={classes.menu}
        aria-label={shell.openNavigation}
        aria-expanded={isOpen}
        onClick={() => setOpen(true)}
      >
        <Icon name="menu" size={18} />
      </ActionIcon>
      <Link to="/connectors" className={classes.brand}>
        <img src={new URL('assets/icon.svg', root).href} alt="" width={24} height={24} />
        <span className={classes.product}>{shell.product}</span>
      </Link>
      <div className={classes.right}>
        <SpaceMenu />
        <SchemeMenu />
        {/* The frame stands at once; only this waits for who it is, and has its place by then. */}
        <div className={classes.who}>
          <Suspense>
            <WhoMenu />
          </Suspense>
        </div>
      </div>
      <Drawer
        opened={isOpen}
        onClose={close}
        size={240}
        padding={0}
        title={shell.product}
        transitionProps={{ duration: 0 }}
        classNames={{ header: classes.drawerHead }}
        closeButtonProps={{ 'aria-label': shell.closeNavigation }}
      >
        <Navigation onNavigate={close} />
      </Drawer>
    </header>
  );
}
