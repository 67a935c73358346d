import { Anchor } from '@mantine/core';
import type { TypeDescription } from '../../../api/types.ts';
import { tame } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { create as words } from '../../../words/create.ts';
import { each } from '../test/targets/each.tsx';
import classes from './SetupSteps.module.css';

/** The vendor's steps for getting the credentials, and the way to the vendor's own words. */
export function SetupSteps({ type }: { type: TypeDescription }) {
  const { setup = [], docs_url: docs } = type;
  if (setup.length === 0 && docs === undefined) return null;
  return (
    <section className={classes.steps} aria-label={words.setup}>
      <h2 className={classes.title}>{words.setup}</h2>
      {setup.length > 0 && (
        <ol className={classes.list}>
          {setup.map((step) => (
            <li key={step}>
              <Linked text={tame(step, 1_000)} />
            </li>
          ))}
        </ol>
      )}
      {docs !== undefined && isWebAddress(docs) && (
        <Anchor href={docs} target="_blank" rel="noreferrer" className={classes.docs}>
          {words.docs} <Icon name="external" size={12} />
        </Anchor>
      )}
    </section>
  );
}

/** Web addresses in a sentence as links; a full stop at the end is the sentence's. */
function Linked({ text }: { text: string }) {
  return each(text.split(/(https?:\/\/[^\s"<>…]*[^\s"<>….,;:!?)])/), (part, index) =>
    index % 2 === 1 && URL.canParse(part) ? (
      <Anchor href={part} target="_blank" rel="noreferrer">
        {part}
      </Anchor>
    ) : (
      part
    ),
  );
}

/** A type of one's own may say anything. */
function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url);
}
