import type { ReactNode } from 'react';
import { test as words } from '../../../../words/test.ts';
import { each } from './each.tsx';
import { isObject, type Json, objects, textOf } from './json.ts';
import { Markdown } from './Markdown.tsx';
import { Mrkdwn } from './mrkdwn.tsx';
import { RichText } from './SlackRichText.tsx';
import classes from './targets.module.css';

/** A message as Slack shows it: text, Block Kit and attachments. Pictures are named, not loaded. */
export function SlackMessage({ body }: { body: Json }) {
  const blocks = objects(body.blocks);
  const text = textOf(body.text);
  return (
    <div className={classes.slack}>
      <span className={classes.avatar} aria-hidden="true" />
      <div className={classes.message}>
        <div className={classes.byline}>
          <strong>{textOf(body.username) || 'Patchbay'}</strong>
          <span className={classes.app}>{words.slackApp}</span>
          <span>{words.slackNow}</span>
        </div>
        {blocks.length > 0
          ? each(blocks, (block) => <Block block={block} />)
          : text !== '' && (body.mrkdwn === false ? <p className={classes.wrapped}>{text}</p> : <Mrkdwn text={text} />)}
        {each(objects(body.attachments), (attachment) => (
          <Attachment attachment={attachment} />
        ))}
      </div>
    </div>
  );
}

function Block({ block }: { block: Json }): ReactNode {
  switch (block.type) {
    case 'header':
      return (
        <p className={classes.heading} data-level={2}>
          {textOf(isObject(block.text) ? block.text.text : '')}
        </p>
      );
    case 'divider':
      return <hr />;
    case 'section':
      return (
        <div className={classes.section}>
          <div className={classes.grow}>
            <TextObject value={block.text} />
            {objects(block.fields).length > 0 && (
              <div className={classes.fields}>
                {each(objects(block.fields), (field) => (
                  <TextObject value={field} />
                ))}
              </div>
            )}
          </div>
          {isObject(block.accessory) && <Element element={block.accessory} />}
        </div>
      );
    case 'context':
      return (
        <div className={classes.context}>
          {each(objects(block.elements), (element) =>
            element.type === 'image' ? <Element element={element} /> : <TextObject value={element} />,
          )}
        </div>
      );
    case 'actions':
      return (
        <div className={classes.buttons}>
          {each(objects(block.elements), (element) => (
            <Element element={element} />
          ))}
        </div>
      );
    case 'image':
      return <Element element={block} />;
    case 'markdown':
      return <Markdown text={textOf(block.text)} />;
    case 'rich_text':
      return <RichText elements={objects(block.elements)} />;
    default:
      return <p className={classes.other}>{words.otherBlock(textOf(block.type))}</p>;
  }
}

function TextObject({ value }: { value: unknown }) {
  if (!isObject(value)) return null;
  const text = textOf(value.text);
  return value.type === 'plain_text' ? <p>{text}</p> : <Mrkdwn text={text} />;
}

/** Buttons, menus and pictures; they do nothing here. */
function Element({ element }: { element: Json }) {
  if (element.type === 'image') {
    return <span className={classes.picture}>{words.image(textOf(element.alt_text) || words.noDescription)}</span>;
  }
  const label = isObject(element.text)
    ? element.text.text
    : isObject(element.placeholder)
      ? element.placeholder.text
      : '';
  return (
    <span
      className={classes.button}
      data-style={textOf(element.style) || undefined}
      title={textOf(element.url) || undefined}
    >
      {textOf(label) || words.otherElement(textOf(element.type))}
    </span>
  );
}

function Attachment({ attachment }: { attachment: Json }) {
  const colour = textOf(attachment.color);
  // A colour comes from the message, so only what can be nothing but a colour is taken.
  const bar = /^#?[0-9a-f]{6}$/i.test(colour) ? `#${colour.replace('#', '')}` : undefined;
  return (
    <div className={classes.attachment} style={bar === undefined ? undefined : { borderLeftColor: bar }}>
      {textOf(attachment.pretext) !== '' && <Mrkdwn text={textOf(attachment.pretext)} />}
      {textOf(attachment.title) !== '' && (
        <p>
          <strong>{textOf(attachment.title)}</strong>
        </p>
      )}
      {textOf(attachment.text) !== '' && <Mrkdwn text={textOf(attachment.text)} />}
      {each(objects(attachment.fields), (field) => (
        <div>
          <strong>{textOf(field.title)}</strong>
          <Mrkdwn text={textOf(field.value)} />
        </div>
      ))}
      {each(objects(attachment.blocks), (block) => (
        <Block block={block} />
      ))}
    </div>
  );
}
