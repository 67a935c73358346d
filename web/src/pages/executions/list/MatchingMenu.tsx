import { Button, Menu } from '@mantine/core';
import { useState } from 'react';
import type { MatchingAction } from '../../../api/executions.ts';
import { useMay } from '../../../api/session.ts';
import { Icon } from '../../../ui/icons.tsx';
import { matchingWords as words } from '../../../words/executions.ts';
import type { View } from '../view.ts';
import { MatchingDialog } from './MatchingDialog.tsx';

/** What can be done with everything that the filters show, on this page or not. */
export function MatchingMenu({ view }: { view: View }) {
  const [action, setAction] = useState<MatchingAction>();
  const mayRun = useMay('execute');
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<Icon name="down" size={14} />}>
            {words.menu}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {mayRun ? (
            <>
              <Menu.Item leftSection={<Icon name="retry" size={14} />} onClick={() => setAction('retry')}>
                {words.menuRetry}
              </Menu.Item>
              <Menu.Item leftSection={<Icon name="cross" size={14} />} onClick={() => setAction('cancel')}>
                {words.menuCancel}
              </Menu.Item>
            </>
          ) : (
            <Menu.Label>{words.forbidden}</Menu.Label>
          )}
        </Menu.Dropdown>
      </Menu>
      {action !== undefined && <MatchingDialog action={action} view={view} onClose={() => setAction(undefined)} />}
    </>
  );
}
