import { useMemo } from 'react';
import type { PreviewedRequest, Values } from '../../../../api/types.ts';
import { test as words } from '../../../../words/test.ts';
import { objects, textOf } from './json.ts';
import { Markdown } from './Markdown.tsx';
import { mailDocument } from './mail-html.ts';
import classes from './targets.module.css';

/** A mail as a reader sees it. HTML of its own is drawn in a frame that may run nothing and load nothing. */
export function Mail({ params, request }: { params: Values; request: PreviewedRequest | undefined }) {
  const sent = request?.method === 'SMTP' ? request : undefined;
  const list = (value: unknown) => (Array.isArray(value) ? value.map(textOf).join(', ') : textOf(value));
  const heads: [string, string][] = [
    [words.from, sent?.headers.From ?? ''],
    [words.to, sent?.headers.To ?? list(params.to)],
    [words.cc, sent?.headers.Cc ?? list(params.cc)],
    [words.bcc, sent?.headers.Bcc ?? list(params.bcc)],
    [words.replyTo, sent?.headers['Reply-To'] ?? list(params.replyTo)],
    [words.subject, sent?.headers.Subject ?? textOf(params.subject)],
    [
      words.attachments,
      objects(params.attachments)
        .map(({ filename }) => textOf(filename))
        .join(', '),
    ],
  ];
  const html = textOf(params.messageHTML);
  return (
    <div className={classes.mail}>
      <dl className={classes.facts}>
        {heads
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {html.trim() === '' ? (
        <div className={classes.paper}>
          <Markdown text={sent?.body ?? textOf(params.message)} />
        </div>
      ) : (
        <HtmlMail html={html} />
      )}
    </div>
  );
}

function HtmlMail({ html }: { html: string }) {
  const { document, hasPictures } = useMemo(() => mailDocument(html), [html]);
  return (
    <>
      {/* Without any allowance: no scripts, no forms, no way out, an origin of its own. */}
      <iframe
        className={classes.frame}
        sandbox=""
        srcDoc={document}
        title={words.mailBody}
        referrerPolicy="no-referrer"
      />
      {hasPictures && <p className={classes.note}>{words.pictureLeftOut}</p>}
    </>
  );
}
