/** Paths on a grid of 24, drawn with strokes in the colour of the text around. */
const PATHS = {
  connectors: 'M9 7V3m6 4V3M6 7h12v4a6 6 0 0 1-12 0V7Zm6 10v4',
  executions: 'M3 12a9 9 0 1 0 3-6.7L3 8m0-5v5h5m4-1v5l4 2',
  health: 'M3 12h4l3-7 4 14 3-7h4',
  access: 'M8 11a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Zm3.2 1.300L20 3.500m-4 4 3 3',
  api: 'M8 7l-5 5 5 5m8-10 5 5-5 5m-2-13-4 16',
  check: 'M5 13l4 4L19 7',
  cross: 'M6 6l12 12M18 6L6 18',
  warning: 'M12 4 2.5 20h19L12 4Zm0 6v4m0 3v.01',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 8v5m0-8.5v.01',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 4v5l3 2',
  running: 'M12 3a9 9 0 1 0 9 9M12 7v5l3 2',
  retry: 'M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7',
  refresh: 'M20 11a8 8 0 0 0-14.5-3.5L4 9m0-5v5h5M4 13a8 8 0 0 0 14.5 3.5L20 15m0 5v-5h-5',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm4.8 11.3L20 20',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  trash: 'M4 7h16M9 7V4h6v3m-9 0 1 13h10l1-13m-8 4v5m4-5v5',
  play: 'M7 5l12 7-12 7V5Z',
  pause: 'M8 5v14M16 5v14',
  copy: 'M9 9h11v11H9V9Zm-4 6H4V4h11v1',
  menu: 'M4 6h16M4 12h16M4 18h16',
  down: 'M6 9l6 6 6-6',
  up: 'M6 15l6-6 6 6',
  right: 'M9 6l6 6-6 6',
  left: 'M15 6l-6 6 6 6',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0-5v2m0 14v2m9-9h-2M5 12H3m15.4-6.4L17 7M7 17l-1.4 1.4m12.8 0L17 17M7 7 5.6 5.6',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z',
  system: 'M3 5h18v11H3V5Zm6 15h6m-3-4v4',
  user: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.5 20a7.5 7.5 0 0 1 15 0',
  users:
    'M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM2.5 19a6.5 6.5 0 0 1 13 0m.5-13.5a3.5 3.5 0 0 1 0 6.5m2 1.5a6.5 6.5 0 0 1 3.5 5.5',
  leave: 'M14 4H5v16h9m-4-8h11m-4-4 4 4-4 4',
  more: 'M5 12v.01M12 12v.01M19 12v.01',
  upload: 'M12 16V4m-5 5 5-5 5 5M4 16v4h16v-4',
  download: 'M12 4v12m-5-5 5 5 5-5M4 16v4h16v-4',
  external: 'M13 4h7v7m0-7L10 14M9 5H4v15h15v-5',
  edit: 'M4 20h4L19 9l-4-4L4 16v4Zm9-13 4 4',
  lock: 'M5 11h14v9H5v-9Zm3 0V8a4 4 0 0 1 8 0v3',
  key: 'M8 11a4 4 0 1 0 0 .01M12 11h9m-3 0v4',
  fix: 'M14 6a4.5 4.5 0 0 1 6-1l-3 3 1.5 1.5 3-3a4.5 4.5 0 0 1-6 6L8 20l-3-3 7.5-7.5A4.5 4.5 0 0 1 14 6Z',
  tag: 'M4 4h8l8 8-8 8-8-8V4Zm4 4v.01',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4.2 4.2 0 0 0-6-6l-1 1m2 4a4 4 0 0 0-6 0l-3 3a4.2 4.2 0 0 0 6 6l1-1',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z',
  filter: 'M4 5h16l-6 7v6l-4 2v-8L4 5Z',
  space: 'M4 4h7v7H4V4Zm9 0h7v7h-7V4Zm-9 9h7v7H4v-7Zm9 0h7v7h-7v-7Z',
  send: 'M4 12 20 4l-4 16-4-6-8-2Zm8 2 8-10',
  chart: 'M4 20V4m0 16h16M8 16v-4m4 4V8m4 8v-6',
  table: 'M4 5h16v14H4V5Zm0 5h16M10 5v14',
  code: 'M8 7l-5 5 5 5m8-10 5 5-5 5',
  help: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm-2.5 7a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .9-1 1.7m0 3v.01',
  offline: 'M3 3l18 18M8.5 15.5a5 5 0 0 1 7 0M5 12a10 10 0 0 1 4-2.5m6 .2a10 10 0 0 1 4 2.3M12 19v.01',
} as const;

export type IconName = keyof typeof PATHS;

interface IconProps {
  readonly name: IconName;
  /** Pixels; 16 when left out. */
  readonly size?: number;
  readonly className?: string;
}

/** One of the console's own icons. It says nothing to screen readers: a word stands beside it or in its button's label. */
export function Icon({ name, size = 16, className }: IconProps) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 3 : 2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={className}
      style={{ flex: 'none' }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
