import type { ReactNode } from 'react';
import { each } from './each.tsx';
import classes from './targets.module.css';

/** How a mark of a text is drawn: the first alternative of a group that took part is what it holds. */
export interface Rule {
  /** Sticky nowhere, without flags: {@link drawInline} looks for the first of all rules. */
  readonly pattern: RegExp;
  readonly draw: (match: RegExpExecArray, inner: (text: string) => ReactNode) => ReactNode;
}

/** Marks inside of marks, no deeper than anybody writes. */
const LEVELS_MAX = 5;
/** More marks than a message has; the rest stays text. */
const PIECES_MAX = 2_000;

/** A text with its marks drawn. Everything stays text: nothing in it becomes markup of the page. */
export function drawInline(text: string, rules: readonly Rule[], plain = (part: string) => part, level = 0): ReactNode {
  const pieces: ReactNode[] = [];
  let rest = text;
  while (rest !== '' && pieces.length < PIECES_MAX) {
    const first = level < LEVELS_MAX ? earliest(rest, rules) : undefined;
    if (first === undefined) break;
    const { rule, match } = first;
    if (match.index > 0) pieces.push(withBreaks(plain(rest.slice(0, match.index))));
    pieces.push(rule.draw(match, (inner) => drawInline(inner, rules, plain, level + 1)));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest !== '') pieces.push(withBreaks(plain(rest)));
  return each(pieces, (piece) => piece);
}

function earliest(text: string, rules: readonly Rule[]): { rule: Rule; match: RegExpExecArray } | undefined {
  let best: { rule: Rule; match: RegExpExecArray } | undefined;
  for (const rule of rules) {
    const match = rule.pattern.exec(text);
    if (match !== null && match[0] !== '' && (best === undefined || match.index < best.match.index))
      best = { rule, match };
  }
  return best;
}

function withBreaks(text: string): ReactNode {
  const lines = text.split('\n');
  if (lines.length === 1) return text;
  return each(lines, (line, index) => (
    <>
      {index > 0 && <br />}
      {line}
    </>
  ));
}

/** A link of a message, with its address as title. It leads nowhere: whoever wrote the message chose the address. */
export function MessageLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <span className={classes.link} title={href}>
      {children}
    </span>
  );
}
