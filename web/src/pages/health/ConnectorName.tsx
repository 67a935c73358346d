import { tame } from '../../ui/format.ts';
import { TypeIcon } from '../../ui/TypeIcon.tsx';
import classes from './health.module.css';

interface ConnectorNameProps {
  readonly name: string;
  readonly typeId: string;
  readonly typeName: string;
}

/** A connector, or a type, in a cell. */
export function ConnectorName({ name, typeId, typeName }: ConnectorNameProps) {
  return (
    <span className={classes.connector} title={tame(name)}>
      <TypeIcon typeId={typeId} name={typeName} />
      <span className={classes.name}>{tame(name, 80)}</span>
    </span>
  );
}
