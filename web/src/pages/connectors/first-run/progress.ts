import { root } from '../../../api/client.ts';
import type { ListedConnector } from '../../../api/connectors.ts';
import { createStore } from '../../../ui/store.ts';

/** How far somebody has come in this browser and space. */
export interface Progress {
  /** The steps were shown here before anything had run. */
  readonly hasBegun?: boolean;
  /** Made by one of the steps, so its message is known. */
  readonly connectorId?: string;
  readonly executionId?: string;
  /** Done, or hidden on request. */
  readonly isOver?: boolean;
}

export type Step = 'create' | 'test' | 'look';

/** More connectors than this were imported, or are of the settings: whoever looks at them is no newcomer. */
const CONNECTORS_MAX = 20;
/** By path: a browser may know several servers and spaces of one origin. */
const STORAGE_KEY = `patchbay.first-run:${root.pathname}`;

const store = createStore<Progress>(read());

/** The progress of this browser, redrawn when it changes. */
export const useProgress = (): Progress => store.use();

/** Notes what has happened; kept over a reload where the browser lets us. */
export function note(change: Progress): void {
  const next = { ...store.get(), ...change };
  store.set(next);
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(next));
  } catch {
    // Storage may be switched off; then it is forgotten with the page.
  }
}

function read(): Progress {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}');
    return typeof kept === 'object' && kept !== null ? (kept as Progress) : {};
  } catch {
    return {};
  }
}

/**
 * The step that comes next; undefined where there is nothing to show. It ends by itself: when the execution was looked
 * at, and for everybody who comes when connectors have run already.
 */
export function nextStep(connectors: readonly ListedConnector[], progress: Progress): Step | undefined {
  if (progress.isOver || connectors.length > CONNECTORS_MAX) return undefined;
  if (!progress.hasBegun && connectors.some((one) => one.last_execution != null)) return undefined;
  const isDelivered =
    progress.executionId !== undefined || connectors.some((one) => one.last_execution?.outcome === 'succeeded');
  if (isDelivered) return 'look';
  // Those of the settings are there without anybody's doing, and may not be meant for trying things.
  return connectors.every((one) => one.is_preconfigured) ? 'create' : 'test';
}
