import { Button, Table } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { tame } from '../../../ui/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { edit as words } from '../../../words/edit.ts';
import { isUnset } from '../form/values.ts';
import classes from './edit.module.css';
import { FORM_ID, useEdit } from './edit-context.ts';
import type { Conflict } from './merge.ts';

/** What somebody else changed meanwhile, beside what the reader has, and the choice what to do. */
export function ConflictNotice({ conflict }: { conflict: Conflict }) {
  const { keepMine, takeTheirs } = useEdit();
  const box = useRef<HTMLDivElement>(null);
  const { refusals, differences } = conflict;
  useEffect(() => {
    // Somebody pressed "Save" and waits for the answer; who is still typing is not interrupted.
    if (refusals > 0) box.current?.focus();
  }, [refusals]);
  return (
    <Notice
      tone="warning"
      role="alert"
      ref={box}
      title={words.conflictTitle}
      actions={
        <>
          <Button onClick={() => settle(keepMine)}>{words.keepMine}</Button>
          <Button variant="default" onClick={() => settle(takeTheirs)}>
            {words.takeTheirs}
          </Button>
        </>
      }
    >
      {refusals > 0 ? words.conflictText : words.conflictEarly}
      {differences.length === 0 ? (
        <p className={classes.unseen}>{words.conflictUnseen}</p>
      ) : (
        <Table className={classes.diff} aria-label={words.conflictTable}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.conflictField}</Table.Th>
              <Table.Th>{words.conflictBefore}</Table.Th>
              <Table.Th>{words.conflictTheirs}</Table.Th>
              <Table.Th>{words.conflictMine}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {differences.map(({ label, before, theirs, mine }) => (
              <Table.Tr key={label}>
                <Table.Th scope="row">{tame(label)}</Table.Th>
                <Table.Td data-label={words.conflictBefore}>{shown(before)}</Table.Td>
                <Table.Td data-label={words.conflictTheirs}>{shown(theirs)}</Table.Td>
                <Table.Td data-label={words.conflictMine}>{shown(mine)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Notice>
  );
}

/** The button that is pressed goes with the notice; the reader goes on in the form. */
function settle(choice: () => void): void {
  choice();
  setTimeout(() => document.getElementById(FORM_ID)?.querySelector('input')?.focus());
}

function shown(value: unknown): string {
  if (isUnset(value)) return words.nothingSet;
  return tame(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), 300);
}
