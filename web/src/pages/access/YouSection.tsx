import { type Operation, ROLES, useSession } from '../../api/session.ts';
import { tame } from '../../ui/format.ts';
import { Status } from '../../ui/Status.tsx';
import { access, operationWords } from '../../words/access.ts';
import classes from './access.module.css';
import { RoleBadges } from './RoleBadges.tsx';
import { Section } from './Section.tsx';

const OPERATIONS: readonly Operation[] = ['get', 'execute', 'create', 'update', 'delete'];

/** Who is signed in, and what the roles come to. */
export function YouSection() {
  const { username, roles } = useSession();
  const may = (operation: Operation) =>
    roles.some((role) => Object.hasOwn(ROLES, role) && ROLES[role]!.includes(operation));
  const rights = [
    ...OPERATIONS.map((operation) => ({ words: operationWords[operation], isAllowed: may(operation) })),
    { words: operationWords.manage, isAllowed: roles.includes('superuser') },
  ];
  return (
    <Section title={access.you} lead={access.youLead(tame(username, 100))}>
      <div className={classes.you}>
        <div className={classes.roles}>
          <span className="muted">{access.roles}</span>
          <RoleBadges roles={roles} />
        </div>
        <ul className={classes.rights}>
          {rights.map(({ words, isAllowed }) => (
            <li key={words}>
              <span>{words}</span>
              <Status tone={isAllowed ? 'success' : 'neutral'} icon={isAllowed ? 'check' : 'minus'}>
                {isAllowed ? access.allowed : access.refused}
              </Status>
            </li>
          ))}
        </ul>
      </div>
    </Section>
  );
}
