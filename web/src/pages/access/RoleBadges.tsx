import { tame } from '../../ui/format.ts';
import { access, roleWords } from '../../words/access.ts';
import classes from './access.module.css';

/** Roles by name, each with what it allows as title. */
export function RoleBadges({ roles }: { roles: readonly string[] }) {
  if (roles.length === 0) return <span className="muted">{access.noRoles}</span>;
  return (
    <span className={classes.badges}>
      {roles.map((role) => (
        <code key={role} className={classes.badge} title={roleWords[role]}>
          {tame(role, 60)}
        </code>
      ))}
    </span>
  );
}
