import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { tame } from '../../../ui/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { Status } from '../../../ui/Status.tsx';
import { listWords } from '../../../words/list.ts';
import classes from './Import.module.css';
import type { Report, ReportLine } from './import-report.ts';

const words = listWords.importing;
const SHOWN_MAX = 200;

/** What became of each object of the file, with the way to those that still need their secrets. */
export function ImportReport({ report, onClose }: { report: Report; onClose: () => void }) {
  const toFix = report.lines.filter(({ needsSecrets }) => needsSecrets).length;
  // What needs something comes first: a file may hold thousands.
  const lines = report.lines.toSorted((a, b) => rank(a) - rank(b));
  return (
    <>
      <Notice tone={toneOf(report)} title={titleOf(report)} role="status">
        {report.hasConflicts && <div>{words.result.noneHint}</div>}
        {toFix > 0 && <div>{words.fix(toFix)}</div>}
      </Notice>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable for the keyboard */}
      <section className={classes.report} tabIndex={0} aria-label={words.report}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{words.columns.name}</th>
              <th scope="col">{words.columns.result}</th>
            </tr>
          </thead>
          <tbody>
            {lines.slice(0, SHOWN_MAX).map((line) => (
              <Line key={line.key} line={line} onClose={onClose} />
            ))}
          </tbody>
        </table>
        {lines.length > SHOWN_MAX && <p className={classes.dim}>{listWords.delete.and(lines.length - SHOWN_MAX)}</p>}
      </section>
    </>
  );
}

function Line({ line, onClose }: { line: ReportLine; onClose: () => void }) {
  const to = { to: '/connectors/$connectorId/config', params: { connectorId: line.connectorId ?? '' } } as const;
  return (
    <tr>
      <td>
        {line.connectorId === undefined ? (
          <bdi>{tame(line.name, 80)}</bdi>
        ) : (
          <Link {...to} search={(search) => search} onClick={onClose}>
            <bdi>{tame(line.name, 80)}</bdi>
          </Link>
        )}
      </td>
      <td>
        <div className={classes.result}>
          <Status tone={line.tone}>{line.result}</Status>
          {line.why !== undefined && <span className={classes.dim}>{tame(line.why, 300)}</span>}
          {line.needsSecrets && (
            <>
              <Status tone="warning" filled>
                {words.needsSecrets}
              </Status>
              <Button
                size="compact-xs"
                variant="default"
                renderRoot={(props) => <Link {...to} search={(search) => search} {...props} onClick={onClose} />}
              >
                {listWords.actions.fix}
              </Button>
            </>
          )}
        </div>
      </td>
    </tr>
  );
}

const rank = (line: ReportLine) => (line.tone === 'failure' ? 0 : line.needsSecrets ? 1 : 2);

function toneOf({ written, failed }: Report) {
  if (failed === 0) return 'success';
  return written === 0 ? 'failure' : 'warning';
}

function titleOf({ written, failed }: Report): string {
  if (written === 0) return words.result.none;
  return failed === 0 ? words.result.all(written) : words.result.some(written, failed);
}
