import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { connectorsQuery, connectorTypesQuery } from '../../../api/connectors.ts';
import { type ExecutionStatus, SOURCES, STATUSES } from '../../../api/executions.ts';
import { FilterMenu } from '../../../ui/FilterMenu.tsx';
import { tame } from '../../../ui/format.ts';
import { SearchField } from '../../../ui/SearchField.tsx';
import { sourceWords, statusNames, listWords as words } from '../../../words/executions.ts';
import { isFiltered, TEXT_MAX, UNFILTERED, type View } from '../view.ts';
import classes from './list.module.css';
import { useTyped } from './use-typed.ts';

interface FiltersProps {
  readonly view: View;
  readonly onChange: (patch: Partial<View>) => void;
}

/** So many names at once are shown to choose from; typing finds the others. */
const OPTIONS_MAX = 100;

/** Everything that narrows the list but the time. */
export function Filters({ view, onChange }: FiltersProps) {
  const { data: types = [] } = useQuery(connectorTypesQuery);
  const change = (patch: Partial<View>) => onChange({ ...patch, page: 1 });
  const [typed, setTyped] = useTyped(view.q, (q) => change({ q }));
  return (
    <>
      <SearchField
        label={words.search}
        placeholder={words.search}
        value={typed}
        maxLength={TEXT_MAX}
        onChange={setTyped}
      />
      <FilterMenu
        label={words.filters.status}
        options={STATUSES.map((value) => ({ value, label: statusNames[value] }))}
        selected={view.status}
        onChange={(status) => change({ status: status as readonly ExecutionStatus[] })}
        testSubj="eventLogStatusFilterButton"
      />
      <ConnectorSelect value={view.connector} onChange={(connector) => change({ connector })} />
      <Choice
        label={words.filters.type}
        options={types.map(({ id, name }) => ({ value: id, label: tame(name, 60) }))}
        value={view.type}
        onChange={(type) => change({ type })}
      />
      <Choice
        label={words.filters.source}
        options={SOURCES.map((value) => ({ value, label: sourceWords[value] }))}
        value={view.source}
        onChange={(source) => change({ source: source as View['source'] })}
      />
      {isFiltered(view) && (
        <Button variant="subtle" onClick={() => onChange(UNFILTERED)}>
          {words.clear}
        </Button>
      )}
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  /** Empty for any. */
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onOpen?: () => void;
}

/** One of many, or any. */
function Choice({ label, options, value, onChange, onOpen }: ChoiceProps) {
  // A value that is not among the options (a deleted connector, an old address) is still what is asked for.
  const isKnown = value === '' || options.some((option) => option.value === value);
  const data = isKnown ? options : [{ value, label: tame(value, 60) }, ...options];
  return (
    <Select
      className={classes.choice}
      data-chosen={value !== '' || undefined}
      aria-label={label}
      placeholder={label}
      data={data}
      value={value === '' ? null : value}
      onChange={(next) => onChange(next ?? '')}
      onDropdownOpen={onOpen}
      searchable
      clearable
      limit={OPTIONS_MAX}
      nothingFoundMessage={words.nothingFound}
      maxDropdownHeight={320}
      comboboxProps={{ width: 260, position: 'bottom-start' }}
    />
  );
}

/** There may be ten thousand connectors, so they are read when somebody wants to choose. */
function ConnectorSelect({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [isWanted, setIsWanted] = useState(value !== '');
  const { data: connectors = [] } = useQuery({ ...connectorsQuery, enabled: isWanted });
  return (
    <Choice
      label={words.filters.connector}
      options={connectors.map(({ id, name }) => ({ value: id, label: tame(name, 80) }))}
      value={value}
      onChange={onChange}
      onOpen={() => setIsWanted(true)}
    />
  );
}
