import { Tabs } from '@mantine/core';
import { test as words } from '../../../words/test.ts';
import type { CodeAction } from '../code.ts';
import { AnswerTab } from './AnswerTab.tsx';
import classes from './bench.module.css';
import { CopyCode } from './CopyCode.tsx';
import { OutcomeNotice } from './OutcomeNotice.tsx';
import { NoRequestYet, RequestTab } from './RequestTab.tsx';
import { isDrawnFromParams, TargetView } from './targets/TargetView.tsx';
import type { Bench, BenchTab } from './use-bench.ts';

/** The request before it is sent, what it looks like at the other end, and what came back. */
export function Results({ bench, action }: { bench: Bench; action?: CodeAction }) {
  const { tab, requests, type, outcome } = bench;
  return (
    <div className={classes.results}>
      <OutcomeNotice bench={bench} />
      <Tabs value={tab} onChange={(next) => bench.setTab((next ?? 'request') as BenchTab)} keepMounted={false}>
        <div className={classes.tabs}>
          <Tabs.List className={classes.list} aria-label={words.tabsLabel}>
            <Tabs.Tab value="request">{words.tabs.request}</Tabs.Tab>
            <Tabs.Tab value="target">{words.tabs.target}</Tabs.Tab>
            <Tabs.Tab value="answer">{words.tabs.answer}</Tabs.Tab>
          </Tabs.List>
          {action !== undefined && <CopyCode label={words.copyActionAs} action={action} />}
        </div>
        <Tabs.Panel value="request" className={classes.panel}>
          <RequestTab bench={bench} />
        </Tabs.Panel>
        <Tabs.Panel value="target" className={classes.panel}>
          {requests === undefined && <NoRequestYet bench={bench} />}
          {(requests !== undefined || isDrawnFromParams(type.id)) && (
            <TargetView typeId={type.id} params={bench.values} requests={requests ?? []} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="answer" className={classes.panel}>
          <AnswerTab outcome={outcome} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}
