import { Link } from '@tanstack/react-router';
import { tame } from '../../../ui/format.ts';
import { Status } from '../../../ui/Status.tsx';
import { TypeIcon } from '../../../ui/TypeIcon.tsx';
import { listWords } from '../../../words/list.ts';
import { HealthStatus } from './HealthStatus.tsx';
import classes from './List.module.css';
import { type Row, reasonOf } from './rows.ts';

const words = listWords.badges;
const NAME_MAX = 80;
const TITLE_MAX = 1_000;
const TAGS_MAX = 3;

/** Icon and name; below them badges, id and tags, or what the columns that found no room would say. */
export function NameCell({ row }: { row: Row }) {
  const { connector, typeName, tags, health } = row;
  const reason = reasonOf(row);
  return (
    <div className={classes.nameCell}>
      <TypeIcon typeId={connector.connector_type_id} name={typeName} size={22} />
      <div className={classes.lines}>
        <Link
          to="/connectors/$connectorId/config"
          params={{ connectorId: row.id }}
          search={true}
          className={classes.name}
          title={tame(connector.name, TITLE_MAX)}
          data-test-subj={`edit${row.id}`}
        >
          <bdi>{tame(connector.name, NAME_MAX)}</bdi>
        </Link>
        <div className={classes.second}>
          <span className={classes.narrow}>
            <HealthStatus health={health} />
          </span>
          {reason !== undefined && <bdi className={classes.narrowReason}>{tame(reason, 120)}</bdi>}
          <Badges row={row} />
          <code className={classes.id}>{tame(row.id, NAME_MAX)}</code>
          {tags.slice(0, TAGS_MAX).map((tag) => (
            <bdi key={tag} className={classes.tag}>
              {tame(tag, 30)}
            </bdi>
          ))}
          {tags.length > TAGS_MAX && (
            <span
              title={tags
                .slice(TAGS_MAX)
                .map((tag) => tame(tag, 60))
                .join(', ')}
            >
              {listWords.moreTags(tags.length - TAGS_MAX)}
            </span>
          )}
        </div>
      </div>
    </div>
  );
}

function Badges({ row: { id, connector, block, isDeprecated } }: { row: Row }) {
  return (
    <>
      {connector.is_preconfigured && (
        <span className={classes.badge} title={words.preconfiguredHint} data-test-subj="preConfiguredTitleMessage">
          <Status tone="neutral" icon="lock" filled>
            {words.preconfigured}
          </Status>
        </span>
      )}
      {block !== undefined && (
        <span
          className={`${classes.badge} ${classes.block}`}
          title={listWords.block[block]}
          data-test-subj={block === 'missing-secrets' ? `missingSecrets_${id}` : undefined}
        >
          <Status tone="warning" icon={block === 'missing-secrets' ? 'key' : 'warning'} filled>
            {words[block]}
          </Status>
        </span>
      )}
      {isDeprecated && (
        <span className={classes.badge} title={words.deprecatedHint}>
          <Status tone="warning" filled>
            {words.deprecated}
          </Status>
        </span>
      )}
    </>
  );
}
