import type { SavedObject } from '../../../api/saved-objects.ts';
import { tame } from '../../../ui/format.ts';
import { TypeIcon } from '../../../ui/TypeIcon.tsx';
import { listWords } from '../../../words/list.ts';
import classes from './Import.module.css';
import { isConnector } from './import-file.ts';
import { nameOf } from './import-report.ts';

const words = listWords.importing;
const SHOWN_MAX = 50;

/** What is in a file that may be imported. */
export function ContentsList({ objects }: { objects: readonly SavedObject[] }) {
  const connectors = objects.filter(isConnector);
  const rest = connectors.length - SHOWN_MAX;
  return (
    <div>
      <div className={classes.contents}>{words.contents(connectors.length, objects.length - connectors.length)}</div>
      <ul className={classes.list}>
        {connectors.slice(0, SHOWN_MAX).map((object) => {
          const typeId = String(object.attributes?.actionTypeId ?? '');
          return (
            <li key={object.id} className={classes.item}>
              <TypeIcon typeId={typeId} size={16} />
              <bdi className={classes.name}>{tame(nameOf(object, object.id), 80)}</bdi>
              <code className={classes.dim}>{tame(typeId, 60)}</code>
            </li>
          );
        })}
        {rest > 0 && <li className={classes.dim}>{listWords.delete.and(rest)}</li>}
      </ul>
    </div>
  );
}
