import type { AnyConnectorType } from '../connectors/define.ts';
import email from './email/index.ts';
import esIndex from './es-index/index.ts';
import serverLog from './server-log/index.ts';
import slack from './slack/index.ts';
import webhook from './webhook/index.ts';

/** The types that come with Patchbay, in the order in which they are listed. A new type is a folder and a line here. */
export const BUILT_IN_TYPES: readonly AnyConnectorType[] = [email, esIndex, serverLog, slack, webhook];
