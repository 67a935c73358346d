import { type ReactNode, useEffect } from 'react';
import { shell } from '../words/shell.ts';
import classes from './Page.module.css';

/**
 * Sets the document's title as long as the caller is on the page; of several, the last to come wins.
 *
 * @param isInFront wins over all that are not, such as a panel over the page that opened together with it
 */
export function useDocumentTitle(title: string, isInFront = false): void {
  useEffect(() => {
    const entry = { title, isInFront };
    titles.push(entry);
    showTitle();
    return () => {
      titles.splice(titles.indexOf(entry), 1);
      showTitle();
    };
  }, [title, isInFront]);
}

const titles: { title: string; isInFront: boolean }[] = [];

function showTitle(): void {
  const title = (titles.findLast(({ isInFront }) => isInFront) ?? titles.at(-1))?.title;
  document.title = title === undefined ? shell.product : shell.documentTitle(title);
}

interface PageProps {
  /** Heading and, before the product's name, the document's title. */
  readonly title: string;
  /** One line below the heading. */
  readonly lead?: ReactNode;
  /** Buttons at the right of the heading; the primary one last. */
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

/** A page of the console: heading, what can be done here, content. */
export function Page({ title, lead, actions, children }: PageProps) {
  useDocumentTitle(title);
  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <div className={classes.heading}>
          <h1 className={classes.title}>{title}</h1>
          {lead !== undefined && <p className={classes.lead}>{lead}</p>}
        </div>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}

/** A row of search field, filters and counts above a table; wraps where it is narrow. */
export function Toolbar({ children }: { children: ReactNode }) {
  return <div className={classes.toolbar}>{children}</div>;
}
