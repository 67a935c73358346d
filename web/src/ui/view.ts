import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback, useMemo, useRef } from 'react';

/** A query of an address: every value is text, as it stands there. */
export type Search = Readonly<Record<string, string | readonly string[]>>;

/** For the router: plain `?a=x&a=y`, without JSON, so that people can read and write addresses. */
export function parseSearch(query: string): Search {
  const params = new URLSearchParams(query);
  return Object.fromEntries(
    [...new Set(params.keys())].map((name) => {
      const values = params.getAll(name);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
}

/** The reverse of {@link parseSearch}; what is undefined is left out. */
export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) params.append(name, String(one));
    }
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** How one part of a view stands in the address. */
export interface Codec<T> {
  /** Whatever the address says, valid or not. */
  read(values: readonly string[]): T;
  /** Empty for the default, which is left out. */
  write(value: T): readonly string[];
}

export const text = (initial = ''): Codec<string> => ({
  read: ([value]) => value ?? initial,
  write: (value) => (value === initial ? [] : [value]),
});

/** Several values, sorted out of repeated names: `?type=.jira&type=.slack`. */
export const list = (): Codec<readonly string[]> => ({ read: (values) => values, write: (values) => values });

/** A whole number of at least `min`. */
export const int = (initial: number, min = 1): Codec<number> => ({
  read: ([value]) => (value !== undefined && /^\d{1,9}$/.test(value) && Number(value) >= min ? Number(value) : initial),
  write: (value) => (value === initial ? [] : [String(value)]),
});

export const oneOf = <T extends string>(values: readonly T[], initial: T): Codec<T> => ({
  read: ([value]) => values.find((one) => one === value) ?? initial,
  write: (value) => (value === initial ? [] : [value]),
});

/** `?name=true`; off when left out. */
export const flag = (): Codec<boolean> => ({
  read: ([value]) => value === 'true',
  write: (value) => (value ? ['true'] : []),
});

/** By column, ascending or with a minus in front descending: `?sort=-name`. */
export interface Sort {
  readonly by: string;
  readonly descending: boolean;
}

export const sort = (columns: readonly string[], initial: Sort): Codec<Sort> => ({
  read: ([value = '']) => {
    const by = value.replace(/^-/, '');
    return columns.includes(by) ? { by, descending: value.startsWith('-') } : initial;
  },
  write: (value) =>
    value.by === initial.by && value.descending === initial.descending
      ? []
      : [`${value.descending ? '-' : ''}${value.by}`],
});

// biome-ignore lint/suspicious/noExplicitAny: each part of a view has a type of its own
type Codecs = Readonly<Record<string, Codec<any>>>;
type ViewOf<C extends Codecs> = { readonly [K in keyof C]: C[K] extends Codec<infer T> ? T : never };

/** Changes parts of a view; `replace` (the default) leaves no step behind that Back would stop at. */
export type SetView<View> = (patch: Partial<View>, options?: { replace?: boolean }) => void;

/**
 * Search, filters, page, sort and time range of a page: they live in the address's query, so they survive a reload and
 * Back and can be shared. Defaults are left out of the address; other names in the query stay as they are.
 *
 * @param codecs by name in the query; define it once outside of the component
 */
export function useView<C extends Codecs>(codecs: C): [ViewOf<C>, SetView<ViewOf<C>>] {
  const search = useRouterState({ select: (state) => state.location.search as Search });
  const navigate = useNavigate();
  const last = useRef<ViewOf<C> | undefined>(undefined);
  const view = useMemo(() => {
    const next = Object.fromEntries(
      Object.entries(codecs).map(([name, codec]) => [name, codec.read(valuesOf(search[name]))]),
    ) as ViewOf<C>;
    // The same object as long as it says the same, so that it can be a dependency.
    if (JSON.stringify(next) !== JSON.stringify(last.current)) last.current = next;
    return last.current!;
  }, [codecs, search]);
  const setView = useCallback<SetView<ViewOf<C>>>(
    (patch, { replace = true } = {}) => {
      const written = Object.fromEntries(
        Object.entries(patch).map(([name, value]) => {
          const values = codecs[name]!.write(value);
          return [name, values.length === 0 ? undefined : values];
        }),
      );
      void navigate({
        to: '.',
        search: ((before: Search) => ({ ...before, ...written })) as never,
        replace,
        resetScroll: false,
      });
    },
    [codecs, navigate],
  );
  return [view, setView];
}

function valuesOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
