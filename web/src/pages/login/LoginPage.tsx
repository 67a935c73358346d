import { useEffect } from 'react';
import { call, pageAfterSignIn, root } from '../../api/client.ts';
import { queryClient } from '../../api/query-client.ts';
import { useDocumentTitle } from '../../ui/Page.tsx';
import { login } from '../../words/login.ts';
import { shell } from '../../words/shell.ts';
import classes from './login.module.css';
import { SignInForm } from './SignInForm.tsx';

function proceed(): void {
  // A whole load: whoever was here before leaves nothing behind.
  queryClient.clear();
  location.replace(pageAfterSignIn(new URLSearchParams(location.search).get('next')));
}

export function LoginPage() {
  useDocumentTitle(login.title);
  useEffect(() => {
    // Whoever is signed in already has nothing to do here; for everyone else the form simply stays.
    call('internal/session').then(proceed, () => {});
  }, []);
  return (
    <main className={classes.page}>
      <div className={classes.box}>
        <h1 className={classes.title}>
          <img src={new URL('assets/icon.svg', root).href} alt="" width={28} height={28} />
          {shell.product}
        </h1>
        <SignInForm onDone={proceed} />
      </div>
    </main>
  );
}
