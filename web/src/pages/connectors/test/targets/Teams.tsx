import type { ReactNode } from 'react';
import { test as words } from '../../../../words/test.ts';
import { each } from './each.tsx';
import { isObject, type Json, objects, textOf } from './json.ts';
import { Markdown } from './Markdown.tsx';
import classes from './targets.module.css';

/** A message as Teams shows it: Adaptive Cards where there are some, else the text. */
export function TeamsMessage({ body }: { body: Json }) {
  const cards = objects(body.attachments)
    .map(({ content }) => content)
    .filter(isObject);
  const all = body.type === 'AdaptiveCard' ? [body] : cards;
  return (
    <div className={classes.teams}>
      <div className={classes.byline}>
        <strong>Patchbay</strong>
        <span>{words.slackNow}</span>
      </div>
      {all.length === 0 && <Markdown text={textOf(body.text)} />}
      {each(all, (card) => (
        <div className={classes.card}>
          {each(objects(card.body), element)}
          <Actions actions={objects(card.actions)} />
        </div>
      ))}
    </div>
  );
}

/** Cards may nest as deep as they like; a preview need not. */
const LEVELS_MAX = 8;

function element(item: Json): ReactNode {
  return <CardElement item={item} level={0} />;
}

function CardElement({ item, level }: { item: Json; level: number }): ReactNode {
  const inner = (list: unknown) =>
    level < LEVELS_MAX ? each(objects(list), (one) => <CardElement item={one} level={level + 1} />) : null;
  switch (item.type) {
    case 'TextBlock':
      return (
        <div
          className={classes.textBlock}
          data-size={textOf(item.size).toLowerCase() || undefined}
          data-weight={textOf(item.weight).toLowerCase() || undefined}
          data-colour={textOf(item.color).toLowerCase() || undefined}
          data-subtle={item.isSubtle === true || undefined}
        >
          <Markdown text={textOf(item.text)} />
        </div>
      );
    case 'RichTextBlock':
      return (
        <p>
          {(Array.isArray(item.inlines) ? item.inlines : [])
            .map((one) => (isObject(one) ? textOf(one.text) : textOf(one)))
            .join('')}
        </p>
      );
    case 'FactSet':
      return (
        <dl className={classes.facts}>
          {each(objects(item.facts), (fact) => (
            <div>
              <dt>{textOf(fact.title)}</dt>
              <dd>{textOf(fact.value)}</dd>
            </div>
          ))}
        </dl>
      );
    case 'ColumnSet':
      return (
        <div className={classes.columns}>
          {each(objects(item.columns), (column) => (
            <div data-width={column.width === 'auto' ? 'auto' : undefined}>{inner(column.items)}</div>
          ))}
        </div>
      );
    case 'Container':
      return <div className={classes.flow}>{inner(item.items)}</div>;
    case 'ImageSet':
      return <div className={classes.buttons}>{inner(item.images)}</div>;
    case 'Image':
      return <span className={classes.picture}>{words.image(textOf(item.altText) || words.noDescription)}</span>;
    case 'ActionSet':
      return <Actions actions={objects(item.actions)} />;
    default:
      return <p className={classes.other}>{words.otherElement(textOf(item.type))}</p>;
  }
}

function Actions({ actions }: { actions: readonly Json[] }) {
  if (actions.length === 0) return null;
  return (
    <div className={classes.buttons}>
      {each(actions, (action) => (
        <span className={classes.button} title={textOf(action.url) || undefined}>
          {textOf(action.title) || textOf(action.type)}
        </span>
      ))}
    </div>
  );
}
