import type { EventSubject } from '../events/run-events.ts';

/** One entry of `patchbay.notices`. */
export interface NoticeSettings {
  /** Id of the connector that carries the notice. */
  readonly to: string;
  /** Ids of those that are tried in this order when it cannot. */
  readonly fallback: readonly string[];
  /** Parameters of the action, with mustache variables in any string; empty: the default of the recipient's type. */
  readonly params: Readonly<Record<string, unknown>>;
  /** After how many failed runs in a row. */
  readonly failures: number;
  /** Whether an opening circuit is a reason, too. */
  readonly circuit: boolean;
  /** The connectors that are watched; undefined: all. */
  readonly connectors?: readonly string[];
  /** Milliseconds between two notices of one kind about one connector. */
  readonly throttle: number;
}

export type NoticeKind = 'circuit_open' | 'failures' | 'recovered';

/** Which connector, and where it was used. */
export type NoticeSubject = Pick<EventSubject, 'spaceId' | 'connectorId' | 'connectorTypeId' | 'connectorName'>;

/** What there is to tell about a connector. */
export interface Incident extends NoticeSubject {
  readonly kind: NoticeKind;
  /** What the last failure said; redacted by the run. */
  readonly reason?: string;
  /** Failed runs in a row. */
  readonly failures: number;
  /** When the trouble began. */
  readonly since: Date;
  /** When the open circuit lets one action through to try. */
  readonly probeAt?: Date;
  /** Of the last run that failed. */
  readonly executionId?: string;
  /** Of `recovered`: whether a run succeeded, or the circuit closed, which a target that refuses everything does as well. */
  readonly recoveredBy?: 'run' | 'circuit';
  /** How many notices of this kind were held back since the last one. */
  readonly suppressed: number;
}

/** One incident on its way to the recipients of one notice. */
export interface Message {
  readonly notice: NoticeSettings;
  readonly incident: Incident;
  /** The same on every node that tells the same thing, so that the cluster tells it once. */
  readonly key: string;
  /** Called once when no recipient could be reached. */
  readonly exhausted: () => void;
}

/** Puts a message on its way. @returns the id of the first execution that carries it, or undefined; never throws */
export type Send = (message: Message) => Promise<string | undefined>;
