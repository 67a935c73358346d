import { Outlet } from '@tanstack/react-router';
import { space } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { Page } from '../../ui/Page.tsx';
import { access } from '../../words/access.ts';
import { KeysSection } from './KeysSection.tsx';
import { Section } from './Section.tsx';
import { UsersSection } from './UsersSection.tsx';
import { YouSection } from './YouSection.tsx';

export function AccessPage() {
  const isSuperuser = useSession().roles.includes('superuser');
  return (
    <Page title={access.title} lead={access.lead}>
      <YouSection />
      <KeysSection isSuperuser={isSuperuser} />
      {isSuperuser ? <UsersSection /> : <Section title={access.users} lead={access.usersOnlySuperuser} />}
      <Section title={access.spaces} lead={access.spacesText(space)} />
      <Outlet />
    </Page>
  );
}
