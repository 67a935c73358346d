import { Button, Skeleton, VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type Profile, profileQuery } from '../../api/session.ts';
import { leave } from '../../shell/sign-out.ts';
import { Failure } from '../../ui/Failure.tsx';
import { tame } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { access } from '../../words/access.ts';
import { profile as words } from '../../words/profile.ts';
import classes from './access.module.css';
import { PasswordForm } from './PasswordForm.tsx';
import { Rights } from './Rights.tsx';
import { RoleBadges } from './RoleBadges.tsx';
import { Section } from './Section.tsx';

/** Oneself: name, roles and what they allow, a new password, the way out. */
export function ProfilePanel() {
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(profileQuery);
  return (
    <Panel
      title={words.title}
      onClose={() => void navigate({ to: '/access' })}
      footer={
        <Button variant="default" leftSection={<Icon name="leave" />} onClick={() => void leave()}>
          {words.signOut}
        </Button>
      }
    >
      {data !== undefined ? (
        <About profile={data} />
      ) : error === null ? (
        <div role="status">
          <VisuallyHidden>{words.loading}</VisuallyHidden>
          <Skeleton height={120} mb={16} animate={false} />
          <Skeleton height={200} animate={false} />
        </div>
      ) : (
        <Failure title={words.failed} error={error} onRetry={() => void refetch()} />
      )}
    </Panel>
  );
}

function About({ profile }: { profile: Profile }) {
  const facts = [
    [access.username, profile.username],
    [words.fullName, profile.full_name],
    [words.email, profile.email],
  ] as const;
  return (
    <div className={classes.profile}>
      <dl className={classes.facts}>
        {facts.map(
          ([label, value]) =>
            value !== null && (
              <div key={label}>
                <dt>{label}</dt>
                <dd>
                  <bdi>{tame(value, 255)}</bdi>
                </dd>
              </div>
            ),
        )}
        <div>
          <dt>{access.roles}</dt>
          <dd>
            <RoleBadges roles={profile.roles} />
          </dd>
        </div>
      </dl>
      <Section title={words.rights} lead={words.rightsLead}>
        <Rights roles={profile.roles} label={words.rights} />
      </Section>
      <Section title={words.password} lead={profile.managed_by_settings ? undefined : words.passwordLead}>
        {profile.managed_by_settings ? (
          <Notice>{words.passwordFromSettings}</Notice>
        ) : (
          <PasswordForm username={profile.username} />
        )}
      </Section>
    </div>
  );
}
