import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core';

/** The accent: 7 in light, 4 in dark. */
const accent: MantineColorsTuple = [
  '#eaf6f4',
  '#d3ebe8',
  '#a5d8d1',
  '#7accc1',
  '#4fc3b5',
  '#2aa597',
  '#158a7f',
  '#0f766e',
  '#0c625b',
  '#084d48',
];

/** Neutral greys with a breath of the accent in them. */
const gray: MantineColorsTuple = [
  '#f6f8f8',
  '#eef2f2',
  '#e5eaea',
  '#dbe1e1',
  '#c3cccc',
  '#a3afae',
  '#84908f',
  '#566362',
  '#2f3b3a',
  '#172120',
];

const dark: MantineColorsTuple = [
  '#e4eae9',
  '#c3cdcc',
  '#9dabaa',
  '#738180',
  '#334040',
  '#243030',
  '#1a2222',
  '#111717',
  '#0c1111',
  '#070a0a',
];

const red: MantineColorsTuple = [
  '#fdf0ef',
  '#fadbd8',
  '#f5b5b0',
  '#ffb4ad',
  '#ff9a91',
  '#e05a50',
  '#c93a30',
  '#b3261e',
  '#93190f',
  '#721008',
];

export const theme = createTheme({
  colors: { accent, gray, dark, red },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 4 },
  black: '#172120',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Open Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  lineHeights: { xs: '1.35', sm: '1.45', md: '1.45', lg: '1.45', xl: '1.4' },
  spacing: { xs: '0.25rem', sm: '0.5rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  radius: { xs: '3px', sm: '6px', md: '6px', lg: '8px', xl: '12px' },
  defaultRadius: 'sm',
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.4' },
      h2: { fontSize: '1rem', lineHeight: '1.4' },
      h3: { fontSize: '0.875rem', lineHeight: '1.4' },
      h4: { fontSize: '0.8125rem', lineHeight: '1.4' },
    },
  },
  cursorType: 'pointer',
  respectReducedMotion: true,
  variantColorResolver: (input) => variantColors(input),
  components: {
    // What opens over the page appears at once: nothing moves that was not asked to.
    Popover: { defaultProps: { transitionProps: { duration: 0 }, shadow: 'md' } },
    // Without the placeholder: what is no item has no place in a menu, for assistive technology.
    Menu: { defaultProps: { transitionProps: { duration: 0 }, shadow: 'md', withInitialFocusPlaceholder: false } },
    Combobox: { defaultProps: { transitionProps: { duration: 0 } } },
    Tooltip: { defaultProps: { transitionProps: { duration: 0 }, openDelay: 300, multiline: true, maw: 320 } },
    Modal: { defaultProps: { transitionProps: { duration: 0 }, centered: true } },
    Checkbox: { defaultProps: { iconColor: 'var(--on-accent)' } },
    Loader: { defaultProps: { size: 'sm' } },
    Anchor: { defaultProps: { underline: 'hover' } },
  },
});

const variantColors: VariantColorsResolver = (input) => {
  const colours = defaultVariantColorsResolver(input);
  const name = input.color ?? input.theme.primaryColor;
  if (name !== 'accent' && name !== 'red') return colours;
  const accent = name === 'accent' ? 'var(--accent)' : 'var(--failure)';
  // By the scheme, which the library's own choice of a text colour does not look at.
  if (input.variant === 'filled') return { ...colours, color: `var(--on-${name})` };
  if (input.variant === 'light' || input.variant === 'subtle') return { ...colours, color: accent };
  return colours;
};

/** The colours that pages name themselves, by what they mean. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--accent': '#0f766e',
    '--accent-soft': '#e3f1ef',
    '--on-accent': '#ffffff',
    '--on-red': '#ffffff',
    '--raised': '#f6f8f8',
    '--hover': '#eef2f2',
    '--line': '#dbe1e1',
    '--control': '#84908f',
    '--muted': '#566362',
    '--success': '#15703c',
    '--success-soft': '#e6f4ea',
    '--success-mark': '#3f9e68',
    '--failure': '#b3261e',
    '--failure-soft': '#fcecea',
    '--failure-mark': '#cf4a41',
    '--warning': '#8a5300',
    '--warning-soft': '#fcf2df',
    '--warning-mark': '#c98a1b',
    '--neutral': '#4a5a68',
    '--neutral-soft': '#edf1f4',
    '--neutral-mark': '#8798a6',
    '--mantine-primary-color-contrast': '#ffffff',
    '--mantine-color-dimmed': '#566362',
    '--mantine-color-placeholder': '#6b7877',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-default-border': '#b4bfbe',
    '--mantine-color-anchor': '#0f766e',
  },
  dark: {
    '--accent': '#4fc3b5',
    '--accent-soft': '#12302d',
    '--on-accent': '#06211e',
    '--on-red': '#2b0805',
    '--raised': '#1a2222',
    '--hover': '#212b2b',
    '--line': '#2e3a3a',
    '--control': '#738180',
    '--muted': '#9dabaa',
    '--success': '#6fcf97',
    '--success-soft': '#14291d',
    '--success-mark': '#4fa775',
    '--failure': '#ff9a91',
    '--failure-soft': '#351a18',
    '--failure-mark': '#e0655b',
    '--warning': '#f0b860',
    '--warning-soft': '#32260f',
    '--warning-mark': '#d29a3d',
    '--neutral': '#a9bccb',
    '--neutral-soft': '#1f282e',
    '--neutral-mark': '#6f8494',
    '--mantine-primary-color-contrast': '#06211e',
    '--mantine-color-dimmed': '#9dabaa',
    '--mantine-color-placeholder': '#84928f',
    '--mantine-color-error': '#ff9a91',
    '--mantine-color-default-border': '#455251',
    '--mantine-color-anchor': '#4fc3b5',
  },
});
