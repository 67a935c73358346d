import type { ReactNode } from 'react';
import { each } from './each.tsx';
import { drawInline, MessageLink, type Rule } from './inline.tsx';
import classes from './targets.module.css';

const RULES: readonly Rule[] = [
  { pattern: /\\([!-/:-@[-`{-~])/, draw: ([, character]) => character },
  {
    pattern: /(`+)([^`\n](?:[^\n]*?[^`\n])?)\1(?!`)/,
    draw: ([, , code]) => <code className={classes.code}>{code}</code>,
  },
  {
    pattern: /(!?)\[([^[\]\n]*)\]\(<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)?)>?(?:\s+"[^"\n]*")?\)/,
    draw: ([, mark, text, href], inner) => (
      <MessageLink href={href!}>{mark === '!' ? text || href : inner(text || href!)}</MessageLink>
    ),
  },
  {
    pattern: /<?(https?:\/\/[^\s<>"')]+[^\s<>"').,;:!?])>?/,
    draw: ([, href]) => <MessageLink href={href!}>{href}</MessageLink>,
  },
  { pattern: /\*\*(?=\S)([^\n]*?\S)\*\*/, draw: ([, text], inner) => <strong>{inner(text!)}</strong> },
  { pattern: /(?<!\w)__(?=\S)([^\n]*?\S)__(?!\w)/, draw: ([, text], inner) => <strong>{inner(text!)}</strong> },
  { pattern: /~~(?=\S)([^\n]*?\S)~~/, draw: ([, text], inner) => <s>{inner(text!)}</s> },
  { pattern: /\*(?=[^\s*])([^*\n]*[^\s*])\*/, draw: ([, text], inner) => <em>{inner(text!)}</em> },
  { pattern: /(?<!\w)_(?=[^\s_])([^_\n]*[^\s_])_(?!\w)/, draw: ([, text], inner) => <em>{inner(text!)}</em> },
];

const inline = (text: string) => drawInline(text, RULES);

/** Markdown as mail and Teams show it: paragraphs, headings, lists, quotes, code, rules, and marks in the line. */
export function Markdown({ text }: { text: string }) {
  return <div className={classes.flow}>{blocks(text.slice(0, 20_000).replaceAll('\r\n', '\n').split('\n'), 0)}</div>;
}

const LEVELS_MAX = 4;

/** Takes lines from the front until none is left, block by block. */
function blocks(lines: readonly string[], level: number): ReactNode[] {
  const drawn: ReactNode[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at]!;
    const next = line.trim() === '' ? { end: at + 1, node: undefined } : block(lines, at, level);
    if (next.node !== undefined) drawn.push(next.node);
    at = Math.max(next.end, at + 1);
  }
  return each(drawn, (node) => node);
}

interface Taken {
  readonly end: number;
  readonly node: ReactNode;
}

function block(lines: readonly string[], at: number, level: number): Taken {
  const line = lines[at]!;
  const fence = /^ {0,3}(```|~~~)/.exec(line)?.[1];
  if (fence !== undefined) {
    const close = lines.findIndex((other, index) => index > at && other.trim().startsWith(fence));
    const end = close === -1 ? lines.length : close;
    return { end: end + 1, node: <pre>{lines.slice(at + 1, end).join('\n')}</pre> };
  }
  const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  // Not a heading of the page: assistive technology would find it in the page's outline.
  if (heading !== null) {
    return {
      end: at + 1,
      node: (
        <p className={classes.heading} data-level={heading[1]!.length}>
          {inline(heading[2]!)}
        </p>
      ),
    };
  }
  if (/^ {0,3}([-*_])(?:\s*\1){2,}\s*$/.test(line)) return { end: at + 1, node: <hr /> };
  if (/^ {0,3}>/.test(line) && level < LEVELS_MAX) {
    const end = endOf(lines, at, (other) => /^ {0,3}>/.test(other));
    const inner = lines.slice(at, end).map((other) => other.replace(/^ {0,3}> ?/, ''));
    return { end, node: <blockquote>{blocks(inner, level + 1)}</blockquote> };
  }
  if (ITEM.test(line) && level < LEVELS_MAX) return list(lines, at, level);
  const end = endOf(
    lines,
    at,
    (other, index) => index === at || (!/^\s*$|^ {0,3}(#{1,6}\s|>|```|~~~)/.test(other) && !ITEM.test(other)),
  );
  return { end, node: <p>{inline(lines.slice(at, end).join('\n'))}</p> };
}

const ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])\s+/;

function list(lines: readonly string[], at: number, level: number): Taken {
  const isOrdered = /^ {0,3}\d/.test(lines[at]!);
  const items: string[][] = [];
  let index = at;
  for (; index < lines.length; index += 1) {
    const line = lines[index]!;
    if (ITEM.test(line)) {
      if (/^ {0,3}\d/.test(line) !== isOrdered) break;
      items.push([line.replace(ITEM, '')]);
    } else if (/^\s{2,}\S/.test(line)) items.at(-1)!.push(line.replace(/^\s{1,4}/, ''));
    else break;
  }
  const drawn = each(items, (item) => <li>{item.length === 1 ? inline(item[0]!) : blocks(item, level + 1)}</li>);
  return { end: index, node: isOrdered ? <ol>{drawn}</ol> : <ul>{drawn}</ul> };
}

function endOf(lines: readonly string[], at: number, isInside: (line: string, index: number) => boolean): number {
  const end = lines.findIndex((line, index) => index > at && !isInside(line, index));
  return end === -1 ? lines.length : end;
}
