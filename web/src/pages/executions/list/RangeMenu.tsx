import { Button, Popover, TextInput, UnstyledButton } from '@mantine/core';
import { type FormEvent, useId, useState } from 'react';
import { Icon } from '../../../ui/icons.tsx';
import { rangeNames, rangeWords as words } from '../../../words/executions.ts';
import { isQuick, QUICK_RANGES, type QuickRange, resolveRange, type TimeRange } from '../time-range.ts';
import classes from './list.module.css';
import { rangeText } from './range-text.ts';

interface RangeMenuProps {
  readonly range: TimeRange;
  readonly onChange: (range: TimeRange) => void;
}

/** A button that says which time is shown and opens the choice of another one. */
export function RangeMenu({ range, onChange }: RangeMenuProps) {
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  const choose = (next: TimeRange) => {
    setIsOpen(false);
    onChange(next);
  };
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" trapFocus returnFocus withRoles={false}>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<Icon name="clock" size={14} />}
          rightSection={<Icon name="down" size={14} />}
          aria-expanded={isOpen}
          aria-haspopup="dialog"
          aria-controls={isOpen ? id : undefined}
          onClick={() => setIsOpen(!isOpen)}
          data-test-subj="connectorEventLogListDatePicker"
        >
          {rangeText(range)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown id={id} role="dialog" aria-label={words.label} className={classes.rangeMenu}>
        <ul className={classes.quick}>
          {(Object.keys(QUICK_RANGES) as QuickRange[]).map((quick) => (
            <li key={quick}>
              <UnstyledButton
                className={classes.quickButton}
                aria-pressed={range === quick}
                onClick={() => choose(quick)}
              >
                {rangeNames[quick]}
              </UnstyledButton>
            </li>
          ))}
        </ul>
        <CustomRange range={range} onChange={choose} />
      </Popover.Dropdown>
    </Popover>
  );
}

/** A time between two moments of the reader's clock. */
function CustomRange({ range, onChange }: RangeMenuProps) {
  const shown = resolveRange(range);
  const [from, setFrom] = useState(toLocal(shown.from));
  const [to, setTo] = useState(isQuick(range) || shown.to === undefined ? '' : toLocal(shown.to));
  const [problem, setProblem] = useState<string>();

  const apply = (event: FormEvent) => {
    event.preventDefault();
    if (from === '') setProblem(words.missing);
    else if (to !== '' && to <= from) setProblem(words.reversed);
    else onChange({ from: toIso(from), to: to === '' ? undefined : toIso(to) });
  };

  return (
    <form className={classes.customRange} onSubmit={apply} aria-label={words.custom}>
      <TextInput
        type="datetime-local"
        step={1}
        size="xs"
        label={words.from}
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        step={1}
        size="xs"
        label={words.to}
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
        error={problem}
      />
      <Button type="submit" size="xs" variant="default">
        {words.apply}
      </Button>
    </form>
  );
}

/** As fields for a local time have it: `2026-01-31T12:00:00`. */
function toLocal(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

const toIso = (local: string) => new Date(local).toISOString();
