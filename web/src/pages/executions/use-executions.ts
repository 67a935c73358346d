import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { EXECUTIONS_KEY, type ExecutionFilter, searchExecutions } from '../../api/executions.ts';

/** How often a list that is followed is read. */
const FOLLOW_MS = 2_000;

interface ExecutionsOptions {
  /** What makes the filter different from others, without the moment that "now" is. */
  readonly name: unknown;
  /** Called for each look, since a time up to now moves on. */
  readonly filter: () => ExecutionFilter;
  readonly page: number;
  readonly perPage: number;
  readonly sort?: 'newest' | 'oldest';
  readonly follow?: boolean;
}

/** One page of executions; the page before stays until the next one is there. */
export function useExecutions({ name, filter, page, perPage, sort = 'newest', follow = false }: ExecutionsOptions) {
  return useQuery({
    queryKey: [...EXECUTIONS_KEY, 'list', name, page, perPage, sort],
    queryFn: ({ signal }) => searchExecutions(filter(), { page, perPage, sort }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: follow && FOLLOW_MS,
  });
}
