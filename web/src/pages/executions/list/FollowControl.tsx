import { ActionIcon, Button } from '@mantine/core';
import { Icon } from '../../../ui/icons.tsx';
import { listWords, followWords as words } from '../../../words/executions.ts';
import classes from './list.module.css';

interface FollowControlProps {
  readonly isOn: boolean;
  /** Only the first page of the newest can be followed. */
  readonly canFollow: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly onRefresh: () => void;
  readonly isRefreshing: boolean;
}

/** Starts and pauses following what comes in, and refreshes once. */
export function FollowControl({ isOn, canFollow, onChange, onRefresh, isRefreshing }: FollowControlProps) {
  const hint = isOn ? words.pauseHint : canFollow ? words.followHint : words.onlyNewest;
  return (
    <>
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={listWords.refresh}
        title={listWords.refresh}
        loading={isRefreshing}
        onClick={onRefresh}
        data-test-subj="superDatePickerApplyTimeButton"
      >
        <Icon name="refresh" size={14} />
      </ActionIcon>
      <Button
        variant="default"
        className={classes.follow}
        data-on={isOn || undefined}
        leftSection={<Icon name={isOn ? 'pause' : 'play'} size={14} />}
        title={hint}
        aria-pressed={isOn}
        data-test-subj="followExecutions"
        onClick={() => onChange(!isOn)}
      >
        {isOn ? words.pause : words.follow}
      </Button>
    </>
  );
}

/** Says how many new executions are held back, and shows them on demand. Keeps its place while there are none. */
export function HeldNotice({ newer, onShow }: { newer: number; onShow: () => void }) {
  return (
    <div className={classes.held} role="status">
      {newer > 0 && (
        <>
          <span>{words.heldWhy}</span>
          <Button variant="light" size="compact-sm" onClick={onShow}>
            {words.show(newer)}
          </Button>
        </>
      )}
    </div>
  );
}
