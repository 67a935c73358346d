import { Fragment, type ReactNode } from 'react';

/** Draws each of a list whose members have nothing but their place to be told apart by, and never change it. */
export function each<T>(items: readonly T[], draw: (item: T, index: number) => ReactNode): ReactNode[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: see above
  return items.map((item, index) => <Fragment key={index}>{draw(item, index)}</Fragment>);
}
