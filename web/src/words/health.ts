import { formatNumber } from '../ui/format.ts';

const actions = (n: number) => (n === 1 ? '1 action' : `${formatNumber(n)} actions`);
const connectors = (n: number) => (n === 1 ? '1 connector' : `${formatNumber(n)} connectors`);

/** All text of the charts over time. */
export const chartWords = {
  asTable: 'As table',
  time: 'Time',
  nothing: 'Nothing was measured yet',
  reading: (time: string, values: readonly string[]) => `${time}: ${values.join(', ')}`,
} as const;

/** All text of the health page. */
export const healthWords = {
  title: 'Health',
  lead: 'Whether what is accepted gets delivered in time.',
  loading: 'Loading the health report',
  loadFailed: 'The health report could not be loaded',
  queueFailed: 'The queue could not be looked at',

  status: {
    label: 'How things stand',
    success: 'All is well',
    warning: 'Needs attention',
    failure: 'Needs action now',
  },
  sentence: {
    idle: 'Nothing waits, and nothing is late.',
    working: (n: number) => `${actions(n)} on the way, none of them late.`,
    problems: (n: number) =>
      n === 1 ? 'One thing is not as it should be.' : `${formatNumber(n)} things are not as they should be.`,
  },
  updated: 'Looked at',

  findings: {
    label: 'What is wrong and what to do',
    stuck: (connector: string, since: string) => `Due work of “${connector}” has not been attempted since ${since}`,
    stuckAdvice: 'Look for errors in the log of every node. Restarting the nodes loses nothing.',
    late: (age: string) => `The action that waits longest is ${age} late`,
    lateAdvice:
      'If an open circuit below holds it back, fix that target. Otherwise add nodes, or raise the capacity of this one.',
    lateShow: 'Show what waits',
    circuits: (n: number) =>
      `Nothing is sent to ${connectors(n)}, because ${n === 1 ? 'its target' : 'their targets'} failed several times in a row`,
    circuitsAdvice: 'The reasons are below. What waits is sent by itself once a target works again.',
    failing: (type: string, percent: string) => `${percent} of the latest attempts of ${type} failed`,
    failingAdvice: 'Look at the reasons, and fix the connector or its target.',
    failingShow: 'Show the failures',
    full: (percent: string) => `This node is at ${percent} of its capacity`,
    fullAdvice: 'Add nodes, or raise xpack.task_manager.capacity, before the queue grows.',
    report: 'The server reports a problem',
  },

  figures: {
    label: 'Now',
    depth: 'On the way',
    depthHint: 'Accepted and not ended yet',
    due: 'Due',
    dueHint: 'Wait for a free place only',
    age: 'Longest wait',
    ageHint: 'How late the action is that waits longest',
    running: 'Being attempted',
    runningHint: (capacity: string) => `On this node, of ${capacity} at once`,
    retrying: 'Retrying',
    retryingHint: 'Failed at least once, wait for the next attempt',
    delay: 'Start delay',
    delayHint: 'Half of the latest began within this time',
    delayWorst: (p99: string) => `99 % within ${p99}`,
    nodes: 'Nodes',
    nodesHint: 'With a sign of life just now',
    none: '–',
  },

  charts: {
    depth: 'Queue',
    depthLead: 'Actions on the way since this page was opened.',
    onTheWay: 'On the way',
    due: 'Due',
    retrying: 'Retrying',
    age: 'Longest wait',
    ageLead: 'How late the action is that waits longest.',
    nothingLate: 'nothing is late',
    oldest: 'Late by',
    throughput: 'Executions per minute',
    throughputLead: 'The last hour, by when they were accepted.',
    perMinute: (n: string) => `${n} per minute now`,
    succeeded: 'Succeeded',
    failed: 'Failed or expired',
    other: 'Waiting or cancelled',
    delay: 'Start delay',
    delayLead: 'How much later than due attempts began, on this node.',
    median: 'Half within',
    slowest: '95 % within',
    throughputFailed: 'The executions of the last hour could not be counted',
  },

  circuits: {
    title: 'Open circuits',
    lead: 'Connectors whose targets failed several times in a row. What is sent to them waits; now and then one is tried.',
    none: 'None: every target is being sent to.',
    columns: {
      connector: 'Connector',
      state: 'State',
      since: 'Since',
      reason: 'Reason',
      next: 'Next try',
      actions: 'Actions',
    },
    open: 'On hold',
    probing: 'Being tried',
    noReason: 'No reason was given',
    fix: 'Open connector',
    fixOf: (name: string) => `Open connector ${name}`,
  },

  failures: {
    title: 'Failures by connector',
    lead: 'The connectors with the most failures in the last 24 hours.',
    none: 'No connector had a failure in the last 24 hours.',
    failed: 'The failures could not be counted',
    columns: { connector: 'Connector', rate: 'Failed', count: 'Failures', all: 'Ended', actions: 'Actions' },
    show: 'Show failures',
    showOf: (name: string) => `Show failures of ${name}`,
  },

  types: {
    title: 'By connector type',
    lead: 'What waits in the whole queue, and the latest attempts of this node.',
    none: 'Nothing waits, and nothing was attempted in the last hour.',
    columns: {
      type: 'Type',
      queued: 'Waiting',
      claimed: 'In hand',
      delay: 'Start delay',
      duration: 'Attempt takes',
      failing: 'Failed attempts',
    },
    percentiles: (half: string, most: string) => `${half} / ${most}`,
    percentilesHint: 'Half within / 95 % within',
    unknown: '–',
  },
} as const;
