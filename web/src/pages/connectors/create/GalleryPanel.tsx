import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { connectorTypesQuery } from '../../../api/connectors.ts';
import { useMay } from '../../../api/session.ts';
import { CATEGORIES, type Category } from '../../../api/types.ts';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { Failure } from '../../../ui/Failure.tsx';
import { tame } from '../../../ui/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { Panel } from '../../../ui/Panel.tsx';
import { SearchField } from '../../../ui/SearchField.tsx';
import { oneOf, text, useView } from '../../../ui/view.ts';
import { create as words } from '../../../words/create.ts';
import { each } from '../test/targets/each.tsx';
import { Categories } from './Categories.tsx';
import classes from './gallery.module.css';
import { byRelevance, isFound } from './gallery-types.ts';
import { CardSkeleton, TypeCard } from './TypeCard.tsx';

/** As many as fit while the types are fetched. */
const PLACES = Array(12).fill(undefined);
const VIEW = { find: text(), category: oneOf<Category | 'all'>(['all', ...CATEGORIES], 'all') };

/** All types of connectors to choose from, over the list. */
export function GalleryPanel() {
  const navigate = useNavigate();
  const mayCreate = useMay('create');
  const [view, setView] = useView(VIEW);
  const types = useQuery(connectorTypesQuery);
  const enabled = (types.data ?? []).filter((type) => type.enabled);
  const matching = enabled.filter((type) => isFound(type, view.find));
  const shown = matching
    .filter(({ category }) => view.category === 'all' || category === view.category)
    .sort(byRelevance(view.find));
  const disabled = (types.data ?? []).filter((type) => !type.enabled);
  const close = () =>
    void navigate({
      to: '/connectors',
      // The list keeps its own search; the gallery's goes with it.
      search: ((before: object) => ({ ...before, find: undefined, category: undefined })) as never,
    });

  return (
    <Panel
      title={words.galleryTitle}
      lead={words.galleryLead}
      size="lg"
      onClose={close}
      testSubj="create-connector-flyout"
      closeTestSubj="create-connector-flyout-close-btn"
    >
      {!mayCreate && (
        <div className={classes.above}>
          <Notice tone="warning" title={words.noPermissionTitle}>
            {words.noPermission}
          </Notice>
        </div>
      )}
      <div className={classes.columns}>
        <Categories
          types={matching}
          value={view.category}
          onChange={(category) => setView({ category }, { replace: false })}
        />
        <div className={classes.main}>
          <div className={classes.search}>
            <SearchField
              label={words.search}
              placeholder={words.searchPlaceholder}
              value={view.find}
              onChange={(find) => setView({ find })}
              autoFocus
            />
          </div>
          {types.isError && (
            <Failure title={words.loadFailed} error={types.error} onRetry={() => void types.refetch()} />
          )}
          <div role="status" className={classes.count}>
            {types.data !== undefined && words.count(shown.length)}
          </div>
          {types.data !== undefined && shown.length === 0 && (
            <EmptyState
              icon="search"
              title={words.nothing(tame(view.find, 60))}
              actions={
                <Button variant="default" onClick={() => setView({ find: '', category: 'all' })}>
                  {words.clear}
                </Button>
              }
            />
          )}
          {/* biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from lists without markers */}
          <ul className={classes.cards} role="list" aria-label={words.types}>
            {types.data === undefined && !types.isError
              ? each(PLACES, () => <CardSkeleton />)
              : shown.map((type) => <TypeCard key={type.id} type={type} />)}
          </ul>
          {disabled.length > 0 && (
            <p className={classes.disabled}>{words.disabled(disabled.map(({ name }) => tame(name, 80)).join(', '))}</p>
          )}
        </div>
      </div>
    </Panel>
  );
}
