import type { ReactNode } from 'react';
import { each } from './each.tsx';
import { MessageLink } from './inline.tsx';
import { isObject, type Json, objects, textOf } from './json.ts';
import classes from './targets.module.css';

/** A `rich_text` block of Slack: sections, lists, quotes and code, with styles as marks of their own. */
export function RichText({ elements }: { elements: readonly Json[] }) {
  return <div className={classes.flow}>{each(elements, (element) => paragraph(element))}</div>;
}

function paragraph(element: Json): ReactNode {
  const content = objects(element.elements);
  switch (element.type) {
    case 'rich_text_list': {
      const items = each(content, (item) => <li>{each(objects(item.elements), piece)}</li>);
      return element.style === 'ordered' ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case 'rich_text_quote':
      return <blockquote>{each(content, piece)}</blockquote>;
    case 'rich_text_preformatted':
      return <pre>{content.map(({ text, url }) => textOf(text) || textOf(url)).join('')}</pre>;
    default:
      return <p className={classes.wrapped}>{each(content, piece)}</p>;
  }
}

function piece(element: Json): ReactNode {
  return styled(plain(element), isObject(element.style) ? element.style : {});
}

function plain(element: Json): ReactNode {
  switch (element.type) {
    case 'link':
      return <MessageLink href={textOf(element.url)}>{textOf(element.text) || textOf(element.url)}</MessageLink>;
    case 'user':
      return <span className={classes.mention}>@{textOf(element.user_id)}</span>;
    case 'channel':
      return <span className={classes.mention}>#{textOf(element.channel_id)}</span>;
    case 'usergroup':
      return <span className={classes.mention}>@{textOf(element.usergroup_id)}</span>;
    case 'broadcast':
      return <span className={classes.mention}>@{textOf(element.range)}</span>;
    case 'emoji':
      return `:${textOf(element.name)}:`;
    default:
      return textOf(element.text) || textOf(element.fallback);
  }
}

function styled(content: ReactNode, style: Json): ReactNode {
  let drawn = content;
  if (style.code === true) drawn = <code className={classes.code}>{drawn}</code>;
  if (style.bold === true) drawn = <strong>{drawn}</strong>;
  if (style.italic === true) drawn = <em>{drawn}</em>;
  if (style.strike === true) drawn = <s>{drawn}</s>;
  return drawn;
}
