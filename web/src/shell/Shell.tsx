import { Outlet, useRouterState } from '@tanstack/react-router';
import { type RefObject, Suspense, useEffect, useRef } from 'react';
import { pageOf } from '../api/client.ts';
import { Dialogs } from '../ui/dialogs.tsx';
import { shell } from '../words/shell.ts';
import { Connection } from './Connection.tsx';
import { Navigation } from './Navigation.tsx';
import { PageSkeleton } from './PageSkeleton.tsx';
import { SessionEnd } from './SessionEnd.tsx';
import classes from './Shell.module.css';
import { TopBar } from './TopBar.tsx';

/** What stands around every page behind the sign-in. */
export function Shell() {
  const main = useRef<HTMLElement>(null);
  useFocusOnNewPage(main);
  return (
    <div className={classes.shell}>
      <button type="button" className={classes.skip} onClick={() => document.getElementById('main')?.focus()}>
        {shell.skip}
      </button>
      <TopBar />
      <aside className={classes.side}>
        <Navigation />
      </aside>
      <main ref={main} id="main" tabIndex={-1} className={classes.main}>
        <Connection />
        <Suspense fallback={<PageSkeleton />}>
          <Outlet />
        </Suspense>
      </main>
      <Dialogs />
      <SessionEnd />
    </div>
  );
}

/**
 * Another page gets the focus, since no document is loaded that a screen reader would notice. Panels, which belong to
 * their page's address, see to their focus themselves.
 */
function useFocusOnNewPage(main: RefObject<HTMLElement | null>): void {
  const page = useRouterState({ select: (state) => pageOf(state.location.pathname) });
  const last = useRef(page);
  useEffect(() => {
    if (page === last.current) return;
    last.current = page;
    main.current?.focus({ preventScroll: true });
  }, [page, main]);
}
