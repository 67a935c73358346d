import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useSession } from '../../api/session.ts';
import { tame } from '../../ui/format.ts';
import { access } from '../../words/access.ts';
import classes from './access.module.css';
import { RoleBadges } from './RoleBadges.tsx';
import { Section } from './Section.tsx';

/** Who is signed in, with which roles; the profile says what they come to. */
export function YouSection() {
  const { username, roles } = useSession();
  return (
    <Section
      title={access.you}
      lead={access.youLead(tame(username, 100))}
      actions={
        <Button variant="default" renderRoot={(props) => <Link to="/profile" {...props} />}>
          {access.youProfile}
        </Button>
      }
    >
      <div className={classes.roles}>
        <span className="muted">{access.roles}</span>
        <RoleBadges roles={roles} />
      </div>
    </Section>
  );
}
