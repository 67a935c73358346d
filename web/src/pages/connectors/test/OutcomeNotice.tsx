import { Failure } from '../../../ui/Failure.tsx';
import { formatDuration, formatExact, tame } from '../../../ui/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { test as words } from '../../../words/test.ts';
import type { Bench, Outcome } from './use-bench.ts';

/** How the last run or check ended, as a sentence. */
export function OutcomeNotice({ bench }: { bench: Bench }) {
  const { outcome, callError, isAnswerLost, isRunning, isChecking } = bench;
  if (isRunning || isChecking) return null;
  if (isAnswerLost) {
    return (
      <Notice tone="failure" role="alert" title={words.answerLost}>
        {words.answerLostText}
      </Notice>
    );
  }
  if (callError) return <Failure title={words.callFailed} error={callError} />;
  if (outcome === undefined) return null;
  const { kind, answer } = outcome;
  if (answer.status === 'ok') {
    return (
      <div data-test-subj="executionSuccessfulResult">
        <Notice tone="success" role="status" title={kind === 'run' ? words.success : words.checkSuccess}>
          {words.delivered(formatDuration(outcome.ms), answer.response?.status)}
          {kind === 'run' && ` ${words.hint}`}
        </Notice>
      </div>
    );
  }
  return (
    <div data-test-subj="executionFailureResult">
      <Notice tone="failure" role="alert" title={kind === 'run' ? words.failure : words.checkFailure}>
        {failureSentence(outcome)}
      </Notice>
    </div>
  );
}

function failureSentence({ answer }: Outcome): string {
  const { message = '', service_message: details } = answer;
  return [
    sentence(tame(message, 1_000)),
    details === undefined ? '' : words.details(sentence(tame(details, 1_000))),
    retryWords(answer.retry),
  ]
    .filter(Boolean)
    .join(' ');
}

/** Whether it is worth trying again, in words. */
export function retryWords(retry: Outcome['answer']['retry']): string {
  if (retry === undefined || retry === null) return '';
  if (typeof retry === 'string') return `${words.retryAt} ${formatExact(retry)}.`;
  return retry ? words.retryYes : words.retryNo;
}

/** With a capital at its beginning and a full stop at its end. */
export function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return whole === '' || /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}
