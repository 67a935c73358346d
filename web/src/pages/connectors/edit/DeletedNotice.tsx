import { useEffect, useRef } from 'react';
import { Notice } from '../../../ui/Notice.tsx';
import { edit as words } from '../../../words/edit.ts';
import classes from './edit.module.css';

/** Stands above every tab of a connector that is no more; what was typed stays below, so that it can be taken elsewhere. */
export function DeletedNotice() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The panel may have been scrolled.
    box.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div className={classes.deleted}>
      <Notice tone="failure" role="alert" title={words.deletedTitle} ref={box}>
        {words.deletedText}
      </Notice>
    </div>
  );
}
