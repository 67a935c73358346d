import { NativeSelect, UnstyledButton } from '@mantine/core';
import type { ConnectorType } from '../../../api/connectors.ts';
import { CATEGORIES, type Category } from '../../../api/types.ts';
import { create as words } from '../../../words/create.ts';
import classes from './gallery.module.css';

interface CategoriesProps {
  /** What the search leaves. */
  readonly types: readonly ConnectorType[];
  readonly value: Category | 'all';
  readonly onChange: (category: Category | 'all') => void;
}

/** The shelves of the gallery with how much is on each; a menu where it is narrow. */
export function Categories({ types, value, onChange }: CategoriesProps) {
  const countOf = (category: Category) => types.filter((type) => type.category === category).length;
  const shelves = [
    { id: 'all' as const, label: words.all, count: types.length },
    ...CATEGORIES.map((id) => ({ id, label: words.categories[id], count: countOf(id) })),
  ].filter(({ id, count }) => count > 0 || id === value || id === 'all');

  return (
    <>
      <div className={classes.narrow}>
        <NativeSelect
          label={words.categoriesLabel}
          value={value}
          data={shelves.map(({ id, label, count }) => ({ value: id, label: `${label} (${count})` }))}
          onChange={(event) => onChange(event.currentTarget.value as Category | 'all')}
        />
      </div>
      <fieldset className={classes.shelves}>
        <legend className={classes.legend}>{words.categoriesLabel}</legend>
        {shelves.map(({ id, label, count }) => (
          <UnstyledButton key={id} className={classes.shelf} aria-pressed={id === value} onClick={() => onChange(id)}>
            <span>{label}</span>
            <span className={classes.number}>{count}</span>
          </UnstyledButton>
        ))}
      </fieldset>
    </>
  );
}
