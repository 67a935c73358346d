import { ActionIcon, Table } from '@mantine/core';
import { useRef, useState } from 'react';
import { ui } from '../words/ui.ts';
import classes from './Bars.module.css';
import { axisTicks, type Bar, markColour, totalOf } from './charts.ts';
import { formatCompact, formatNumber } from './format.ts';
import { Icon } from './icons.tsx';
import { useWidth } from './use-width.ts';

interface BarsProps {
  /** What is drawn, as a heading of the picture for screen readers, e.g. "Executions over time". */
  readonly label: string;
  readonly bars: readonly Bar[];
  /** Heading of the first column of the table; "Time" when left out. */
  readonly stepName?: string;
  /** Pixels; 140 when left out. */
  readonly height?: number;
  /** A bar was chosen, e.g. to zoom in. */
  readonly onSelect?: (index: number) => void;
  /** What choosing a bar does, e.g. "Show 10:00 – 11:00". Needed with `onSelect`. */
  readonly selectLabel?: (bar: Bar) => string;
}

const AXIS = 40;
const FOOT = 20;
const TOP = 8;
/** Pixels between the words below the axis. */
const TICK_ROOM = 84;

/** Stacked bars over time with axes and legend; the same numbers can be shown as a table. */
export function Bars({ label, bars, stepName = ui.time, height = 140, onSelect, selectLabel }: BarsProps) {
  const [isTable, setTable] = useState(false);
  const names = legendOf(bars);
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.legend}>
        {names.map(({ name, tone }) => (
          <span key={name} className={classes.entry}>
            <span className={classes.swatch} style={{ background: markColour(tone) }} />
            {name}
          </span>
        ))}
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          className={classes.toggle}
          aria-label={isTable ? ui.showChart : ui.showTable}
          title={isTable ? ui.showChart : ui.showTable}
          onClick={() => setTable(!isTable)}
        >
          <Icon name={isTable ? 'chart' : 'table'} size={14} />
        </ActionIcon>
      </figcaption>
      {isTable ? (
        <BarsTable
          label={label}
          bars={bars}
          names={names.map(({ name }) => name)}
          stepName={stepName}
          height={height}
        />
      ) : (
        <BarsPicture label={label} bars={bars} height={height} onSelect={onSelect} selectLabel={selectLabel} />
      )}
    </figure>
  );
}

function legendOf(bars: readonly Bar[]) {
  const parts = new Map(bars.flatMap((bar) => bar.parts.map((part) => [part.name, part.tone] as const)));
  return [...parts].map(([name, tone]) => ({ name, tone }));
}

type PictureProps = Pick<BarsProps, 'label' | 'bars' | 'onSelect' | 'selectLabel'> & { height: number };

function BarsPicture({ label, bars, height, onSelect, selectLabel }: PictureProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [hovered, setHovered] = useState<number | undefined>(undefined);
  const lines = axisTicks(Math.max(0, ...bars.map(totalOf)));
  const top = lines.at(-1)!;
  const plot = height - FOOT - TOP;
  const step = Math.max(0, width - AXIS) / Math.max(1, bars.length);
  const y = (value: number) => TOP + plot - (value / top) * plot;
  const every = Math.max(1, Math.ceil(TICK_ROOM / Math.max(1, step)));
  const shown = hovered === undefined ? undefined : bars[hovered];
  return (
    <div ref={frame} className={classes.picture} style={{ height }} onPointerLeave={() => setHovered(undefined)}>
      <svg width={width} height={height} role={onSelect ? 'group' : 'img'} aria-label={label}>
        {lines.map((line) => (
          <g key={line}>
            <line x1={AXIS} x2={width} y1={y(line)} y2={y(line)} className={classes.line} />
            <text x={AXIS - 6} y={y(line) + 4} textAnchor="end" className={classes.number}>
              {formatCompact(line)}
            </text>
          </g>
        ))}
        {bars.map((bar, index) => {
          const x = AXIS + index * step;
          const gap = step > 4 ? 1 : 0;
          let bottom = 0;
          return (
            <g key={bar.label}>
              {bar.parts.map((part) => {
                if (part.value === 0) return null;
                bottom += part.value;
                const partHeight = Math.max(2, (part.value / top) * plot);
                return (
                  <rect
                    key={part.name}
                    x={x + gap}
                    y={Math.min(y(bottom), TOP + plot - 2)}
                    width={Math.max(1, step - 2 * gap)}
                    height={partHeight}
                    fill={markColour(part.tone)}
                  />
                );
              })}
              {index % every === 0 && (
                <text x={x} y={height - 6} className={classes.number}>
                  {bar.tick ?? bar.label}
                </text>
              )}
              <rect
                x={x}
                y={TOP}
                width={step}
                height={plot}
                className={classes.target}
                data-hovered={hovered === index || undefined}
                onPointerEnter={() => setHovered(index)}
                {...(onSelect === undefined
                  ? {}
                  : {
                      role: 'button',
                      tabIndex: 0,
                      'aria-label': selectLabel?.(bar) ?? bar.label,
                      onFocus: () => setHovered(index),
                      onBlur: () => setHovered(undefined),
                      onClick: () => onSelect(index),
                      onKeyDown: (event) => {
                        if (event.key !== 'Enter' && event.key !== ' ') return;
                        event.preventDefault();
                        onSelect(index);
                      },
                    })}
              />
            </g>
          );
        })}
      </svg>
      {shown !== undefined && (
        <div
          className={classes.tip}
          aria-hidden="true"
          style={{ left: Math.min(Math.max(0, AXIS + (hovered! + 0.5) * step - 80), Math.max(0, width - 160)) }}
        >
          <strong>{shown.label}</strong>
          {shown.parts.map((part) => (
            <div key={part.name} className={classes.entry}>
              <span className={classes.swatch} style={{ background: markColour(part.tone) }} />
              {part.name}
              <span className={classes.value}>{formatNumber(part.value)}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

interface TableProps {
  readonly label: string;
  readonly bars: readonly Bar[];
  readonly names: readonly string[];
  readonly stepName: string;
  readonly height: number;
}

function BarsTable({ label, bars, names, stepName, height }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region needs the focus to be scrolled by keys
    <section className={classes.table} style={{ height }} tabIndex={0} aria-label={label}>
      <Table stickyHeader verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{stepName}</Table.Th>
            {names.map((name) => (
              <Table.Th key={name} ta="right">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {bars.map((bar) => (
            <Table.Tr key={bar.label}>
              <Table.Td>{bar.label}</Table.Td>
              {names.map((name) => (
                <Table.Td key={name} ta="right">
                  {formatNumber(bar.parts.find((part) => part.name === name)?.value ?? 0)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
