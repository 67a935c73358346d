import type { ReactNode } from 'react';
import { each } from './each.tsx';
import { drawInline, MessageLink, type Rule } from './inline.tsx';
import classes from './targets.module.css';

const unescaped = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

// Marks count between words only: `a*b*c` stays as it is, as in Slack.
const RULES: readonly Rule[] = [
  { pattern: /`([^`\n]+)`/, draw: ([, code]) => <code className={classes.code}>{unescaped(code!)}</code> },
  // Whatever else stands in such brackets is text.
  {
    pattern: /<([@#!][^<>|\n]+|[a-z][a-z0-9+.-]*:[^<>|\n]+)(?:\|([^<>\n]*))?>/i,
    draw: ([, target, label]) => reference(target!, label),
  },
  { pattern: /(?<![\w*])\*(?=\S)([^*\n]*\S)\*(?![\w*])/, draw: ([, text], inner) => <strong>{inner(text!)}</strong> },
  { pattern: /(?<![\w_])_(?=\S)([^_\n]*\S)_(?![\w_])/, draw: ([, text], inner) => <em>{inner(text!)}</em> },
  { pattern: /(?<![\w~])~(?=\S)([^~\n]*\S)~(?![\w~])/, draw: ([, text], inner) => <s>{inner(text!)}</s> },
];

/** `<https://…|label>`, `<@U…>`, `<#C…|name>`, `<!here>`, `<!date^…^…|fallback>`. */
function reference(target: string, label: string | undefined): ReactNode {
  const text = unescaped(label ?? '');
  if (target.startsWith('@')) return <span className={classes.mention}>@{text || target.slice(1)}</span>;
  if (target.startsWith('#')) return <span className={classes.mention}>#{text || target.slice(1)}</span>;
  if (target.startsWith('!date^')) return text || target.split('^')[2] || target;
  if (target.startsWith('!'))
    return <span className={classes.mention}>{text || `@${target.slice(1).split('^')[0]}`}</span>;
  const address = unescaped(target);
  return <MessageLink href={address}>{text || address}</MessageLink>;
}

const draw = (text: string) => drawInline(text, RULES, unescaped);

/** Slack's own markup, drawn: bold, italic, struck, code, quotes, links and mentions. */
export function Mrkdwn({ text }: { text: string }) {
  const parts = text.slice(0, 20_000).split('```');
  return (
    <div className={classes.flow}>
      {each(parts, (part, index) => {
        // An odd number of fences leaves the last one without its partner: then it is text.
        const isCode = index % 2 === 1 && index < parts.length - 1;
        if (part === '') return null;
        return isCode ? <pre>{unescaped(part.replace(/^\n|\n$/g, ''))}</pre> : <Lines text={part} />;
      })}
    </div>
  );
}

/** Lines that begin with `>` are one quote. */
function Lines({ text }: { text: string }) {
  const groups: { isQuote: boolean; lines: string[] }[] = [];
  for (const line of text.replace(/^\n|\n$/g, '').split('\n')) {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line);
    const last = groups.at(-1);
    if (last?.isQuote === (quote !== null)) last.lines.push(quote?.[1] ?? line);
    else groups.push({ isQuote: quote !== null, lines: [quote?.[1] ?? line] });
  }
  return each(groups, ({ isQuote, lines }) => {
    const content = draw(lines.join('\n'));
    return isQuote ? <blockquote>{content}</blockquote> : <p>{content}</p>;
  });
}
