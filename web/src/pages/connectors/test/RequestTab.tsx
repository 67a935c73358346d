import { Skeleton } from '@mantine/core';
import type { PreviewedRequest } from '../../../api/types.ts';
import { CodeBlock, prettyJson } from '../../../ui/CodeBlock.tsx';
import { reasonOf } from '../../../ui/Failure.tsx';
import { tame } from '../../../ui/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { test as words } from '../../../words/test.ts';
import { problemsIn } from '../form/refusals.ts';
import classes from './bench.module.css';
import { sentence } from './OutcomeNotice.tsx';
import { each } from './targets/each.tsx';
import type { Bench } from './use-bench.ts';

/** Every request of a run: method, address, headers, body. Secrets come masked from the server. */
export function RequestTab({ bench }: { bench: Bench }) {
  const { requests } = bench;
  if (requests === undefined) return <NoRequestYet bench={bench} />;
  if (requests.length === 0) return <p className={classes.lead}>{words.noRequest}</p>;
  return (
    <>
      <p className={classes.lead}>{words.requestLead}</p>
      {each(requests, (request, index) => (
        <Request
          request={request}
          title={requests.length > 1 ? words.requestOf(index + 1, requests.length) : undefined}
        />
      ))}
    </>
  );
}

/** While the request is prepared, and why there is none. */
export function NoRequestYet({ bench }: { bench: Bench }) {
  const { isPreparing, todo, previewError } = bench;
  if (isPreparing) {
    return (
      <div role="status" aria-label={words.loadingRequest} className={classes.waiting}>
        <Skeleton height={20} width="70%" />
        <Skeleton height={72} />
        <Skeleton height={96} />
      </div>
    );
  }
  if (previewError) {
    return (
      <Notice tone="warning" title={words.previewFailed}>
        {sentence(problemsIn(reasonOf(previewError), [bench.area])[0]?.message ?? '')}
      </Notice>
    );
  }
  return <Notice title={words.incomplete}>{todo !== undefined && tame(words.missing(todo), 600)}</Notice>;
}

function Request({ request, title }: { request: PreviewedRequest; title?: string }) {
  const headers = Object.entries(request.headers);
  return (
    <section className={classes.request} aria-label={title ?? words.tabs.request}>
      {title !== undefined && <h3 className={classes.subtitle}>{title}</h3>}
      <p className={classes.line}>
        <strong>{request.method}</strong> {tame(request.url, 2_000)}
      </p>
      {headers.length > 0 && (
        <dl className={classes.headers} aria-label={words.headers}>
          {headers.map(([name, value]) => (
            <div key={name}>
              <dt>{tame(name)}</dt>
              <dd>{tame(value, 1_000)}</dd>
            </div>
          ))}
        </dl>
      )}
      {request.body === undefined || request.body === '' ? (
        <p className={classes.lead}>{words.noBody}</p>
      ) : (
        <CodeBlock label={words.body} code={prettyJson(request.body)} wrap />
      )}
    </section>
  );
}
