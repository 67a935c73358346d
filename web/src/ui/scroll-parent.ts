import { createContext } from 'react';

/** What scrolls around a table: a panel's body, or, with null, the page. */
export const ScrollParent = createContext<HTMLElement | null>(null);
