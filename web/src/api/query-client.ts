import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { sessionEnded } from '../shell/session-end.ts';
import { Problem } from './client.ts';

/** Repeating helps against a lost connection and a busy server; what was refused stays refused. */
function isWorthRepeating(failures: number, error: Error): boolean {
  return failures < 2 && error instanceof Problem && (error.status === 0 || error.status === 503);
}

function noticeEnd(error: Error): void {
  if (error instanceof Problem && error.status === 401) sessionEnded();
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeEnd }),
  mutationCache: new MutationCache({ onError: noticeEnd }),
  defaultOptions: {
    // "Offline" is the browser's guess: the server may well be on the same machine, so it is always asked.
    queries: { networkMode: 'always', retry: isWorthRepeating, staleTime: 5_000 },
    mutations: { networkMode: 'always' },
  },
});
