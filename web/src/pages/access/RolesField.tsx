import { Checkbox } from '@mantine/core';
import { ROLES } from '../../api/session.ts';
import { access, roleWords } from '../../words/access.ts';
import classes from './access.module.css';

interface RolesFieldProps {
  readonly label?: string;
  readonly value: readonly string[];
  readonly onChange: (roles: string[]) => void;
  /** Those that can be given; all when left out. */
  readonly offered?: readonly string[];
  readonly error?: string;
}

/** Roles to choose from, each with what it allows. */
export function RolesField({
  label = access.roles,
  value,
  onChange,
  offered = Object.keys(ROLES),
  error,
}: RolesFieldProps) {
  return (
    <Checkbox.Group label={label} value={[...value]} onChange={onChange} error={error}>
      <div className={classes.choice} style={{ marginTop: 8 }}>
        {offered.map((role) => (
          <Checkbox key={role} size="sm" value={role} label={<code>{role}</code>} description={roleWords[role]} />
        ))}
      </div>
    </Checkbox.Group>
  );
}
