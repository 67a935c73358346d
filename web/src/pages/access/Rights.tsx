import { type Operation, ROLES } from '../../api/session.ts';
import { Status } from '../../ui/Status.tsx';
import { access, operationWords } from '../../words/access.ts';
import classes from './access.module.css';

const OPERATIONS: readonly Operation[] = ['get', 'execute', 'create', 'update', 'delete'];

/** What some roles come to: each operation, and whether it is allowed. */
export function Rights({ roles, label }: { roles: readonly string[]; label: string }) {
  const may = (operation: Operation) =>
    roles.some((role) => Object.hasOwn(ROLES, role) && ROLES[role]!.includes(operation));
  const rights = [
    ...OPERATIONS.map((operation) => ({ words: operationWords[operation], isAllowed: may(operation) })),
    { words: operationWords.manage, isAllowed: roles.includes('superuser') },
  ];
  return (
    <ul className={classes.rights} aria-label={label}>
      {rights.map(({ words, isAllowed }) => (
        <li key={words}>
          <span>{words}</span>
          <Status tone={isAllowed ? 'success' : 'neutral'} icon={isAllowed ? 'check' : 'minus'}>
            {isAllowed ? access.allowed : access.refused}
          </Status>
        </li>
      ))}
    </ul>
  );
}
