import classes from './CodeBlock.module.css';
import { CopyButton } from './CopyButton.tsx';
import { tameBlock } from './format.ts';

interface CodeBlockProps {
  readonly code: string;
  /** What it is, for screen readers and, with `showLabel`, above it. */
  readonly label: string;
  readonly showLabel?: boolean;
  /** Pixels from where it scrolls; 400 when left out. */
  readonly maxHeight?: number;
  /** Breaks long lines instead of scrolling sideways. */
  readonly wrap?: boolean;
  readonly testSubj?: string;
}

/** Text in monospace with a button that copies all of it. Shown as text, whatever it holds. */
export function CodeBlock({ code, label, showLabel = false, maxHeight = 400, wrap = false, testSubj }: CodeBlockProps) {
  return (
    <figure className={classes.block} data-test-subj={testSubj}>
      {showLabel && <figcaption className={classes.label}>{label}</figcaption>}
      <div className={classes.copy}>
        <CopyButton text={code} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls needs the focus to be scrolled by keys */}
      <section aria-label={label} tabIndex={0} className={classes.scroll} style={{ maxHeight }}>
        <pre className={classes.code} data-wrap={wrap || undefined}>
          <code>{tameBlock(code)}</code>
        </pre>
      </section>
    </figure>
  );
}

/** JSON as people read it; what is no JSON stays as it is. */
export function prettyJson(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2) ?? '';
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}
