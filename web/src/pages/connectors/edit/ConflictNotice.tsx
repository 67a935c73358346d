import { Button, Table } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { tame } from '../../../ui/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { edit as words } from '../../../words/edit.ts';
import { isUnset } from '../form/values.ts';
import classes from './edit.module.css';
import { useEdit } from './edit-context.ts';
import type { Conflict } from './merge.ts';

/** What somebody else changed meanwhile, beside what the reader has, and the choice what to do. */
export function ConflictNotice({ conflict }: { conflict: Conflict }) {
  const { keepMine, takeTheirs } = useEdit();
  const box = useRef<HTMLDivElement>(null);
  const { isRefused, differences } = conflict;
  useEffect(() => {
    // Somebody pressed "Save" and waits for the answer; who is still typing is not interrupted.
    if (isRefused) box.current?.focus();
  }, [isRefused]);
  return (
    <Notice
      tone="warning"
      role="alert"
      ref={box}
      title={words.conflictTitle}
      actions={
        <>
          <Button onClick={keepMine}>{words.keepMine}</Button>
          <Button variant="default" onClick={takeTheirs}>
            {words.takeTheirs}
          </Button>
        </>
      }
    >
      {isRefused ? words.conflictText : words.conflictEarly}
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
                <Table.Td>{shown(before)}</Table.Td>
                <Table.Td>{shown(theirs)}</Table.Td>
                <Table.Td>{shown(mine)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Notice>
  );
}

function shown(value: unknown): string {
  if (isUnset(value)) return words.nothingSet;
  return tame(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), 300);
}
