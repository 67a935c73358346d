import { ActionIcon, type ActionIconProps, Menu } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ComponentPropsWithRef, useLayoutEffect, useRef, useState } from 'react';
import { root, space } from '../../../api/client.ts';
import { useMay } from '../../../api/session.ts';
import { copyText } from '../../../ui/CopyButton.tsx';
import { tame } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { toast } from '../../../ui/toast.tsx';
import { listWords } from '../../../words/list.ts';
import { CODE_KINDS, type CodeKind, connectorAsCode } from '../code.ts';
import classes from './List.module.css';
import { testProblem } from './RowActions.tsx';
import type { Row } from './rows.ts';

const words = listWords.actions;

interface RowMenuProps {
  readonly row: Row;
  readonly onDelete: (row: Row) => void;
  readonly onExport: (row: Row) => void;
}

/** Everything that can be done with a connector; on narrow pages the only place for it. */
export function RowMenu(props: RowMenuProps) {
  // Made when it is first asked for: a menu in each row takes a third of the time in which a search is drawn.
  const [isMade, setMade] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!isMade) return;
    // The button is another one now; closing the menu gives the focus back to where it was.
    button.current?.focus();
    setOpen(true);
  }, [isMade]);

  if (!isMade) {
    return <MoreButton row={props.row} aria-haspopup="menu" aria-expanded={false} onClick={() => setMade(true)} />;
  }
  return (
    <Menu position="bottom-end" width={224} opened={isOpen} onChange={setOpen}>
      <Menu.Target>
        <MoreButton row={props.row} ref={button} />
      </Menu.Target>
      <Menu.Dropdown>
        <Items {...props} />
      </Menu.Dropdown>
    </Menu>
  );
}

type MoreButtonProps = ActionIconProps & ComponentPropsWithRef<'button'> & { readonly row: Row };

function MoreButton({ row, ...props }: MoreButtonProps) {
  const label = words.more(tame(row.connector.name, 60));
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={label} title={label} {...props}>
      <Icon name="more" />
    </ActionIcon>
  );
}

function Items({ row, onDelete, onExport }: RowMenuProps) {
  const { connector } = row;
  const mayUpdate = useMay('update') && !connector.is_preconfigured;
  const mayDelete = useMay('delete') && !connector.is_preconfigured;
  const canTest = testProblem(row, useMay('execute')) === undefined;
  const link = { params: { connectorId: row.id }, search: true } as const;
  const needsFix = row.block === 'missing-secrets' && mayUpdate;

  async function copy(kind: CodeKind) {
    if (await copyText(connectorAsCode(kind, connector, { root, space })))
      toast.success(words.copied(words.kinds[kind]));
    else toast.failure(words.copyFailed);
  }

  return (
    <>
      <Menu.Item
        leftSection={<Icon name={needsFix ? 'fix' : mayUpdate ? 'edit' : 'eye'} size={14} />}
        renderRoot={(props) => <Link to="/connectors/$connectorId/config" {...link} {...props} />}
      >
        {needsFix ? words.fix : mayUpdate ? words.menuEdit : words.menuOpen}
      </Menu.Item>
      {canTest && (
        <Menu.Item
          leftSection={<Icon name="play" size={14} />}
          renderRoot={(props) => <Link to="/connectors/$connectorId/test" {...link} {...props} />}
        >
          {words.menuTest}
        </Menu.Item>
      )}
      <Menu.Item
        leftSection={<Icon name="executions" size={14} />}
        renderRoot={(props) => <Link to="/connectors/$connectorId/executions" {...link} {...props} />}
      >
        {words.menuExecutions}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Label>{words.copy}</Menu.Label>
      {CODE_KINDS.map((kind) => (
        <Menu.Item key={kind} leftSection={<Icon name="code" size={14} />} onClick={() => void copy(kind)}>
          {words.kinds[kind]}
        </Menu.Item>
      ))}
      {!connector.is_preconfigured && (
        <>
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name="download" size={14} />} onClick={() => onExport(row)}>
            {words.export}
          </Menu.Item>
          {mayDelete && (
            <Menu.Item
              className={classes.danger}
              leftSection={<Icon name="trash" size={14} />}
              onClick={() => onDelete(row)}
            >
              {words.menuDelete}
            </Menu.Item>
          )}
        </>
      )}
    </>
  );
}
