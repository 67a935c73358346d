import { useMemo } from 'react';
import type { ConnectorType } from '../../../api/connectors.ts';
import { FilterMenu, type FilterOption } from '../../../ui/FilterMenu.tsx';
import { tame } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { Toolbar } from '../../../ui/Page.tsx';
import { SearchField } from '../../../ui/SearchField.tsx';
import { TypeIcon } from '../../../ui/TypeIcon.tsx';
import { listWords as words } from '../../../words/list.ts';
import { HealthIcon } from './HealthStatus.tsx';
import classes from './List.module.css';
import { type FilterCounts, HEALTHS, type Row } from './rows.ts';
import type { ListView, SetListView } from './use-list.ts';

interface ListFiltersProps {
  readonly rows: readonly Row[];
  readonly types: readonly ConnectorType[];
  readonly counts: FilterCounts;
  readonly view: ListView;
  readonly setView: SetListView;
}

/** Search and filters; each menu counts what choosing would show beside the other filters. */
export function ListFilters({ rows, types, counts, view, setView }: ListFiltersProps) {
  const typeNames = useMemo(() => typeNamesOf(rows, types), [rows, types]);
  const tags = useMemo(() => [...new Set(rows.flatMap((row) => row.tags))].sort(byText.compare), [rows]);
  return (
    <Toolbar>
      <div className={classes.search}>
        <SearchField
          label={words.search}
          placeholder={words.search}
          value={view.q}
          onChange={(q) => setView({ q })}
          testSubj="connectorSearch"
        />
      </div>
      <FilterMenu
        label={words.filters.type}
        selected={view.type}
        onChange={(type) => setView({ type })}
        options={typeNames.map(([id, name]) => ({
          value: id,
          label: tame(name, 60),
          count: counts.types.get(id) ?? 0,
          icon: <TypeIcon typeId={id} name={name} size={16} />,
        }))}
        testSubj="connectorTypeFilter"
      />
      <FilterMenu
        label={words.filters.health}
        selected={view.health}
        onChange={(health) => setView({ health })}
        options={HEALTHS.map((health) => ({
          value: health,
          label: words.health[health],
          count: counts.healths.get(health) ?? 0,
          icon: <HealthIcon health={health} />,
        }))}
        testSubj="connectorHealthFilter"
      />
      <FilterMenu
        label={words.filters.tags}
        selected={view.tag}
        onChange={(tag) => setView({ tag })}
        options={tags.map(
          (tag): FilterOption => ({
            value: tag,
            label: tame(tag, 60),
            count: counts.tags.get(tag) ?? 0,
            icon: <Icon name="tag" size={14} />,
          }),
        )}
        testSubj="connectorTagFilter"
      />
    </Toolbar>
  );
}

const byText = new Intl.Collator();

/** All types that the server knows, and those that only connectors name, by name. */
function typeNamesOf(rows: readonly Row[], types: readonly ConnectorType[]): [id: string, name: string][] {
  const names = new Map(types.map(({ id, name }) => [id, name]));
  for (const { connector, typeName } of rows) {
    if (!names.has(connector.connector_type_id)) names.set(connector.connector_type_id, typeName);
  }
  return [...names].sort(([, a], [, b]) => byText.compare(a, b));
}
