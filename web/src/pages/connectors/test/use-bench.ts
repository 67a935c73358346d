import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Problem as CallProblem } from '../../../api/client.ts';
import { CONNECTORS_KEY } from '../../../api/connectors.ts';
import {
  checkConnection,
  type PreviewedRequest,
  previewRun,
  type RunAnswer,
  run,
  type Subject,
  type TypeDescription,
  type Values,
} from '../../../api/types.ts';
import type { Problem } from '../form/problems.ts';
import { problemsOf } from '../form/problems.ts';
import { type Area, problemsIn } from '../form/refusals.ts';
import { actionsOf, baseOf, paramsOf, type TypeAction } from './actions.ts';

/** What came of a run or a check. */
export interface Outcome {
  readonly kind: 'run' | 'check';
  readonly answer: RunAnswer;
  readonly ms: number;
  readonly at: number;
  /** It was a stored connector, so the run stands in the log. */
  readonly isStored: boolean;
}

export type BenchTab = 'request' | 'target' | 'answer';

/** How long nothing is typed before the request is prepared. */
const PAUSE_MS = 400;

/** The state of trying a connector out: action, params, the request that they lead to, and the answer. */
export interface Bench {
  readonly type: TypeDescription;
  readonly actions: readonly TypeAction[];
  readonly action: TypeAction;
  readonly choose: (name: string) => void;
  readonly values: Values;
  readonly set: (name: string, value: unknown) => void;
  readonly takeSample: () => void;
  readonly isSample: boolean;
  readonly params: Values;
  readonly area: Area;
  readonly problems: readonly Problem[];
  readonly attempt: number;
  /** Undefined while it is being prepared, or cannot be. */
  readonly requests?: readonly PreviewedRequest[];
  readonly isPreparing: boolean;
  /** What has to be filled in before there is a request. */
  readonly todo?: string;
  /** Why the server cannot tell the request. */
  readonly previewError: unknown;
  readonly outcome?: Outcome;
  readonly callError: unknown;
  /** The server was lost during a run, which it may have performed all the same. */
  readonly isAnswerLost: boolean;
  readonly isRunning: boolean;
  readonly isChecking: boolean;
  /** Something has to be done before anything can be sent; the page says what. */
  readonly isBlocked: boolean;
  readonly tab: BenchTab;
  readonly setTab: (tab: BenchTab) => void;
  /** Performs the action, or shows what is wrong with its params. */
  readonly perform: () => void;
  readonly check: () => void;
}

interface BenchOptions {
  readonly type: TypeDescription;
  readonly subject: Subject;
  /** What is missing in a connector that is not saved. */
  readonly missing?: string;
  /** Neither runs nor checks. */
  readonly isBlocked?: boolean;
  /** A run was refused because of the connector itself. */
  readonly onRefusal?: (message: string) => void;
}

export function useBench({ type, subject, missing, isBlocked = false, onRefusal }: BenchOptions): Bench {
  const client = useQueryClient();
  const actions = useMemo(() => actionsOf(type), [type]);
  const [name, setName] = useState(actions[0]!.name);
  const [typed, setTyped] = useState<Readonly<Record<string, Values>>>({});
  const [tab, setTab] = useState<BenchTab>('request');
  const [shown, setShown] = useState<{ problems: readonly Problem[]; attempt: number }>({ problems: [], attempt: 0 });
  const [outcome, setOutcome] = useState<Outcome>();

  const action = actions.find((one) => one.name === name) ?? actions[0]!;
  const values = typed[action.name] ?? action.sample;
  const base = baseOf(type);
  const wrong = useMemo(() => problemsOf(action.fields, values, base), [action, values, base]);
  const params = useMemo(() => paramsOf(type, action, values), [type, action, values]);
  const area: Area = { base, fields: action.fields, values };

  const isComplete = wrong.length === 0 && missing === undefined;
  const [asked] = useDebouncedValue(
    useMemo(() => ({ subject, params, isComplete }), [subject, params, isComplete]),
    PAUSE_MS,
  );
  const preview = useQuery({
    queryKey: ['preview', asked.subject, asked.params],
    queryFn: ({ signal }) => previewRun(asked.subject, asked.params, signal),
    enabled: asked.isComplete && isComplete,
    placeholderData: keepPreviousData,
    // It may hold what somebody has typed as a secret.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

  const showProblems = (problems: readonly Problem[]) =>
    setShown((before) => ({ problems, attempt: before.attempt + 1 }));

  function settle(kind: Outcome['kind'], begun: number, answer: RunAnswer) {
    setOutcome({
      kind,
      answer,
      ms: performance.now() - begun,
      at: Date.now(),
      isStored: 'connector_id' in subject,
    });
    setTab('answer');
    const message =
      answer.status === 'error' ? [answer.message, answer.service_message].filter(Boolean).join(': ') : '';
    const found = problemsIn(message, [area]);
    showProblems(found.filter(({ path }) => path.startsWith(`${base}.`)));
    if (/error validating (connector|action) type/.test(message)) onRefusal?.(message);
  }
  const runs = useMutation({
    mutationFn: () => timed((begun) => run(subject, params).then((answer) => settle('run', begun, answer))),
    onSettled: () => void client.invalidateQueries({ queryKey: CONNECTORS_KEY }),
  });
  const checks = useMutation({
    mutationFn: () => timed((begun) => checkConnection(subject).then((answer) => settle('check', begun, answer))),
  });

  return {
    type,
    actions,
    action,
    choose(next) {
      setName(next);
      setShown({ problems: [], attempt: 0 });
      setOutcome(undefined);
      setTab('request');
    },
    values,
    set(field, value) {
      const path = `${base}.${field}`;
      setShown((before) => ({
        ...before,
        problems: before.problems.filter((one) => one.path !== path && !one.path.startsWith(`${path}.`)),
      }));
      setTyped((before) => ({ ...before, [action.name]: { ...values, [field]: value } }));
    },
    takeSample() {
      setShown({ problems: [], attempt: 0 });
      setTyped((before) => ({ ...before, [action.name]: action.sample }));
    },
    isSample: values === action.sample,
    params,
    area,
    problems: shown.problems,
    attempt: shown.attempt,
    requests: isComplete ? preview.data : undefined,
    isPreparing: isComplete && preview.data === undefined && !preview.isError,
    todo: missing ?? wrong[0]?.message,
    previewError: isComplete ? preview.error : null,
    outcome,
    callError: runs.error ?? checks.error,
    isAnswerLost: runs.error instanceof CallProblem && runs.error.status === 0,
    isRunning: runs.isPending,
    isChecking: checks.isPending,
    isBlocked,
    tab,
    setTab,
    perform() {
      if (isBlocked) return;
      showProblems(wrong);
      checks.reset();
      if (wrong.length === 0 && !runs.isPending) runs.mutate();
    },
    check() {
      runs.reset();
      if (!isBlocked && !checks.isPending) checks.mutate();
    },
  };
}

function timed<T>(work: (begun: number) => Promise<T>): Promise<T> {
  return work(performance.now());
}
