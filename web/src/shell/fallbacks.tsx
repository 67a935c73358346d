import { Button } from '@mantine/core';
import { useQueryErrorResetBoundary } from '@tanstack/react-query';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { Problem } from '../api/client.ts';
import { CodeBlock } from '../ui/CodeBlock.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Notice } from '../ui/Notice.tsx';
import { useDocumentTitle } from '../ui/Page.tsx';
import { shell } from '../words/shell.ts';
import classes from './fallbacks.module.css';
import { PageSkeleton } from './PageSkeleton.tsx';

/** While a page's code comes. */
export function Waiting() {
  return (
    <div className={classes.fallback}>
      <PageSkeleton />
    </div>
  );
}

/** What failed to load says: the browser's words differ, the start does not. */
const IMPORT_FAILED = /dynamically imported module|importing a module script|module script failed|preload/i;

/** In the place of a page that threw. */
export function Broken({ error: thrown, reset }: ErrorComponentProps) {
  const error: Error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const queries = useQueryErrorResetBoundary();
  const router = useRouter();
  useDocumentTitle(shell.brokenTitle);
  // The sign-in page is on its way.
  if (error instanceof Problem && error.status === 401) return null;
  if (error instanceof Problem) {
    const tryAgain = () => {
      // What failed is remembered in both places.
      queries.reset();
      reset();
      void router.invalidate();
    };
    return (
      <div className={classes.fallback}>
        <Failure title={shell.loadFailed} error={error} onRetry={tryAgain} />
      </div>
    );
  }
  const isImport = IMPORT_FAILED.test(error.message);
  return (
    <div className={classes.fallback}>
      <Notice
        tone="failure"
        title={shell.brokenTitle}
        role="alert"
        actions={<Button onClick={() => location.reload()}>{shell.reload}</Button>}
      >
        {isImport ? shell.updatedText : shell.brokenText}
        {!isImport && (
          <div className={classes.details}>
            <CodeBlock label={shell.brokenTitle} code={`${error.name}: ${error.message}`} wrap />
          </div>
        )}
      </Notice>
    </div>
  );
}

/** For addresses that lead nowhere. */
export function Missing() {
  useDocumentTitle(shell.missingTitle);
  return (
    <EmptyState
      icon="help"
      title={shell.missingTitle}
      actions={
        <Button component={Link} to="/connectors">
          {shell.toConnectors}
        </Button>
      }
    >
      {shell.missingText}
    </EmptyState>
  );
}
