import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { HealthReport, QueueStats } from '../../api/health.ts';
import { Icon } from '../../ui/icons.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { healthWords as words } from '../../words/health.ts';
import type { Finding } from './findings.ts';
import classes from './health.module.css';

interface OverallProps {
  readonly report: HealthReport;
  readonly queue: QueueStats | undefined;
  readonly findings: readonly Finding[];
}

/** How things stand in one sentence, and below what is wrong and what to do. */
export function Overall({ report, queue, findings }: OverallProps) {
  const isBad = findings.some(({ tone }) => tone === 'failure');
  const tone = isBad ? 'failure' : findings.length > 0 ? 'warning' : 'success';
  const depth = queue?.depth ?? 0;
  const calm = depth === 0 ? words.sentence.idle : words.sentence.working(depth);
  return (
    <section className={classes.overall} data-tone={tone} aria-label={words.status.label} aria-live="polite">
      <div className={classes.verdict}>
        <Icon name={tone === 'success' ? 'check' : 'warning'} size={20} />
        <h2 className={classes.verdictTitle}>{words.status[tone]}</h2>
        <p className={classes.sentence}>{findings.length > 0 ? words.sentence.problems(findings.length) : calm}</p>
        <span className={classes.updated}>
          {words.updated} <RelativeTime at={queue?.at ?? report.timestamp} />
        </span>
      </div>
      {findings.length > 0 && (
        <ul className={classes.findings} aria-label={words.findings.label}>
          {findings.map(({ key, tone: own, text, advice, show }) => (
            <li key={key} data-tone={own}>
              <Icon name="warning" size={14} className={classes.findingIcon} />
              <div>
                <b>{text}.</b> {advice}{' '}
                {show !== undefined && (
                  <Anchor
                    inherit
                    renderRoot={(props) => <Link {...props} to="/executions" search={show.search as never} />}
                  >
                    {show.label}
                  </Anchor>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
