import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, Problem } from '../../../api/client.ts';

const LENGTH_MAX = 36;
const PAUSE_MS = 500;
/** More connectors of the same name than anybody has: then the server makes an id. */
const TRIES_MAX = 50;

/** The id of a new connector: a suggestion made from the name until somebody types another. */
export interface ConnectorId {
  readonly id: string;
  readonly isOwn: boolean;
  readonly state: 'none' | 'checking' | 'free' | 'taken' | 'wrong' | 'unknown';
  /** An empty one brings the suggestion back. */
  readonly set: (id: string) => void;
  /** The server said so when it was asked to create it. */
  readonly markTaken: () => void;
}

/** Ids that people type: what the field accepts. */
const VALID = /^[a-z0-9](?:[a-z0-9-]{0,34}[a-z0-9])?$/;

export function useConnectorId(name: string): ConnectorId {
  const [own, setOwn] = useState<string>();
  const [refused, setRefused] = useState<ReadonlySet<string>>(new Set());
  const [tries, setTries] = useState({ slug: '', count: 1 });
  const slug = slugOf(name);
  const count = tries.slug === slug ? tries.count : 1;
  const id = own ?? (count > TRIES_MAX ? '' : numbered(slug, count));
  const isValid = VALID.test(id);
  const [asked] = useDebouncedValue(id, PAUSE_MS);
  const isAsked = isValid && asked === id;
  const { data: isFree, isError } = useQuery({
    queryKey: ['connector-id', asked],
    queryFn: ({ signal }) => isIdFree(asked, signal),
    enabled: isAsked && !refused.has(id),
    staleTime: 10_000,
    retry: false,
  });
  const isTaken = refused.has(id) || (isAsked && isFree === false);
  if (isTaken && own === undefined && slug !== '' && count <= TRIES_MAX) setTries({ slug, count: count + 1 });

  return {
    id,
    isOwn: own !== undefined,
    state: stateOf(),
    set: (next) => setOwn(next === '' ? undefined : next.slice(0, 200)),
    markTaken: () => setRefused((before) => new Set([...before, id])),
  };

  function stateOf(): ConnectorId['state'] {
    if (id === '') return 'none';
    if (!isValid) return 'wrong';
    if (isTaken) return 'taken';
    if (isAsked && isFree === true) return 'free';
    return isAsked && isError ? 'unknown' : 'checking';
  }
}

async function isIdFree(id: string, signal: AbortSignal): Promise<boolean> {
  try {
    await call(`api/actions/connector/${encodeURIComponent(id)}`, { signal });
    return false;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return true;
    throw error;
  }
}

/** `Ops pager (EU)` as `ops-pager-eu`; empty for a name without Latin letters and digits. */
export function slugOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const cut = plain.replace(/^-+/, '').slice(0, LENGTH_MAX).replace(/-+$/, '');
  // An address of the console of its own.
  return cut === 'new' ? 'new-connector' : cut;
}

function numbered(slug: string, count: number): string {
  const suffix = count === 1 ? '' : `-${count}`;
  return slug === '' ? '' : `${slug.slice(0, LENGTH_MAX - suffix.length).replace(/-+$/, '')}${suffix}`;
}
