import { THROWN_IN_RUN } from '../../connectors/validate.ts';
import { type Failed, failed } from '../../connectors/verdict.ts';
import type { HttpClient } from '../../egress/types.ts';
import { FAILED } from './call.ts';
import { type Found, find } from './pages.ts';
import type { Config, Destination } from './schema.ts';

/** Where a message goes. */
export interface Channel {
  /** As the action gives it. */
  readonly value: string;
  readonly isName: boolean;
}

/** Slack's limit for one page is 999; 20 pages a minute are allowed (tier 2), so more would not be had in one run. */
const PAGE_SIZE = 999;
const MAX_PAGES = 20;
/** Channels, groups, direct messages; users and theirs in an organisation. Names of channels have no capitals. */
const ID = /^[CDGUW][A-Z0-9]{7,}$/;

const withoutHash = (name: string) => name.replace(/^#/, '');

/**
 * The one channel that an action means: by its name, its ID, or the older `channels`, in this order, as in Kibana; which
 * takes `channels` without looking at the allowed ones.
 */
export function chooseChannel({ allowedChannels = [] }: Config, params: Destination): Channel | Failed {
  const { channelNames, channelIds = [], channels = [] } = params;
  if (channelNames?.every((name) => !name.startsWith('#'))) {
    // Thrown there, hence the message. An empty list is refused, too: it has no name that would be right.
    return failed('params_invalid', THROWN_IN_RUN, {
      serviceMessage: '[Action][ExternalService] -> [Slack API] Unsupported channel name. Must start with #',
      retry: true,
      errorSource: 'framework',
    });
  }
  const isNameAllowed = (name: string) =>
    allowedChannels.some((allowed) => withoutHash(allowed.name) === withoutHash(name));
  const isIdAllowed = (id: string) => allowedChannels.some((allowed) => allowed.id === id);
  const [name] = channelNames ?? [];
  const [id] = channelIds;
  const [older] = channels;

  const value = name ?? id ?? older;
  if (value === undefined || value === '') {
    return refused('One of channels, channelIds, or channelNames is required and cannot be empty');
  }
  const isAllowed =
    name !== undefined
      ? isNameAllowed(name)
      : id !== undefined
        ? isIdAllowed(id)
        : isIdAllowed(value) || isNameAllowed(value);
  if (allowedChannels.length > 0 && !isAllowed) {
    return refused('One or more provided channels are not included in the allowed channels list');
  }
  return { value, isName: name !== undefined || (id === undefined && !ID.test(value)) };
}

function refused(serviceMessage: string): Failed {
  return failed('params_invalid', FAILED, { serviceMessage });
}

/**
 * Looks a channel up in the list of all that the app can see, for where Slack takes only an ID or does not find a name.
 *
 * @returns the channel as Slack lists it, `entry.id` among the rest
 */
export async function findByName(http: HttpClient, name: string): Promise<Found> {
  const wanted = withoutHash(name);
  const search = (types: string) =>
    find(
      http,
      {
        method: 'conversations.list',
        query: { types, exclude_archived: true, limit: PAGE_SIZE },
        entries: 'channels',
        maxPages: MAX_PAGES,
      },
      (channel) => typeof channel.id === 'string' && (channel.name === wanted || channel.name_normalized === wanted),
    );
  const found = await search('public_channel,private_channel');
  // Without groups:read the app may still list the public ones.
  return !found.ok && found.word === 'missing_scope' ? search('public_channel') : found;
}
