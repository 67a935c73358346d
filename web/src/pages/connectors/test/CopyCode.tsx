import { Button, Menu } from '@mantine/core';
import { root, space } from '../../../api/client.ts';
import { copyText } from '../../../ui/CopyButton.tsx';
import { Icon } from '../../../ui/icons.tsx';
import { toast } from '../../../ui/toast.tsx';
import { code } from '../../../words/code.ts';
import { test as words } from '../../../words/test.ts';
import { ui } from '../../../words/ui.ts';
import {
  actionAsCode,
  CODE_KINDS,
  type CodeAction,
  type CodeConnector,
  type CodeKind,
  connectorAsCode,
} from '../code.ts';
import classes from './bench.module.css';

interface CopyCodeProps {
  /** What is copied, for screen readers. */
  readonly label: string;
  readonly connector?: CodeConnector;
  readonly action?: CodeAction;
}

/** Copies a connector or an action as curl, Terraform or YAML, with placeholders for secrets. */
export function CopyCode({ label, connector, action }: CopyCodeProps) {
  async function copy(kind: CodeKind) {
    const place = { root, space };
    const text =
      connector === undefined ? action && actionAsCode(kind, action, place) : connectorAsCode(kind, connector, place);
    if (text !== undefined && (await copyText(text))) toast.success(words.copiedAs(code.kinds[kind]));
    else toast.failure(ui.copyFailed);
  }
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="subtle" color="gray" size="xs" leftSection={<Icon name="code" size={14} />} aria-label={label}>
          <span className={classes.word}>{words.copyAs}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {CODE_KINDS.map((kind) => (
          <Menu.Item key={kind} onClick={() => void copy(kind)}>
            {code.kinds[kind]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
