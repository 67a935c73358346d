/** What a vendor answers when all went well; `body` in ASCII. */
export interface VendorAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export const SLACK_PATH = '/services/T000/B000/XXXX';
/** Of a flow of the Workflows app, which gets an Adaptive Card. */
export const TEAMS_PATH = '/workflows/bench/triggers/manual/paths/invoke';
export const PAGERDUTY_PATH = '/v2/enqueue';

/** By the path at which the sink plays the vendor; see the simulators for the sources. */
export const VENDORS: ReadonlyMap<string, VendorAnswer> = new Map([
  [SLACK_PATH, { status: 200, type: 'text/html', body: 'ok' }],
  [TEAMS_PATH, { status: 202, type: 'text/plain', body: '' }],
  [
    PAGERDUTY_PATH,
    {
      status: 202,
      type: 'application/json',
      body: '{"status":"success","message":"Event processed","dedup_key":"disk:host-1"}',
    },
  ],
]);
