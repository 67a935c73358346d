import { Skeleton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ConnectorType } from '../../../api/connectors.ts';
import { tame } from '../../../ui/format.ts';
import { Status } from '../../../ui/Status.tsx';
import { TypeIcon } from '../../../ui/TypeIcon.tsx';
import { create as words } from '../../../words/create.ts';
import classes from './gallery.module.css';

/** A type: icon, name, what it does. Leads to its form. */
export function TypeCard({ type }: { type: ConnectorType }) {
  const { id, name, description, is_deprecated: isDeprecated, source } = type;
  return (
    <li>
      <Link
        to="/connectors/new/$typeId"
        params={{ typeId: id }}
        search={true}
        className={classes.card}
        data-test-subj={`${id}-card`}
      >
        <TypeIcon typeId={id} name={name} size={32} />
        <span className={classes.words}>
          <span className={classes.name}>
            {tame(name, 80)}
            {isDeprecated && (
              <Status tone="warning" filled>
                {words.deprecated}
              </Status>
            )}
            {source !== 'stack' && (
              <Status tone="neutral" icon="code" filled>
                {words.own}
              </Status>
            )}
          </span>
          <span className={classes.purpose}>{tame(description, 200)}</span>
        </span>
      </Link>
    </li>
  );
}

/** A card of the final size while the types are fetched. */
export function CardSkeleton() {
  return (
    <li aria-hidden="true">
      <div className={classes.card}>
        <Skeleton height={32} width={32} />
        <span className={classes.words}>
          <Skeleton height={14} width="50%" mt={3} mb={8} />
          <Skeleton height={12} width="90%" />
        </span>
      </div>
    </li>
  );
}
