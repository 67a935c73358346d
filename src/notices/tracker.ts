import type { CircuitEvent } from '../events/run-events.ts';
import type { NoticeKind, NoticeSettings, NoticeSubject, Send } from './types.ts';

/** A run that ended, as far as notices care. */
export interface RunOutcome extends NoticeSubject {
  readonly executionId: string;
  readonly message?: string;
}

/** Decides when something is worth a notice: counts failures, knows open circuits, throttles. Keeps no timers. */
export interface Tracker {
  failed(run: RunOutcome): void;
  succeeded(connectorId: string): void;
  circuit(event: CircuitEvent): void;
  /** Whether the circuit of a connector is open or half open on this node. */
  isOpen(connectorId: string): boolean;
}

/** What is remembered of one notice of one kind about one connector. */
interface Mark {
  /** Milliseconds since the epoch; earlier occasions are only counted. */
  notBefore: number;
  suppressed: number;
  /** The last one reached nobody. */
  wasLost: boolean;
}

interface Trouble {
  subject: NoticeSubject;
  failures: number;
  since: Date;
  isOpen: boolean;
  reason?: string;
  probeAt?: Date;
  executionId?: string;
  readonly marks: Map<string, Mark>;
  /** Notices that were sent since the connector last worked: the executions that carry them. */
  readonly told: Map<NoticeSettings, Promise<string | undefined>[]>;
}

/** Connectors in trouble that are remembered; beyond it the oldest are forgotten, and may be told of again. */
const REMEMBERED_MAX = 10_000;
/** A notice that reached nobody is tried again at the next occasion after this time, even if the throttle is longer. */
export const LOST_RETRY_MS = 5 * 60_000;

/**
 * @param send is told everything that is to be sent, at once; its promise says under which execution
 * @param now milliseconds since the epoch
 */
export function createTracker(notices: readonly NoticeSettings[], send: Send, now: () => number): Tracker {
  // By connector id alone: ids are unique over all spaces, and a preconfigured connector is one target wherever it is used.
  const troubles = new Map<string, Trouble>();

  function troubleOf(subject: NoticeSubject): Trouble {
    const known = troubles.get(subject.connectorId);
    const trouble = known ?? {
      subject,
      failures: 0,
      since: new Date(now()),
      isOpen: false,
      marks: new Map(),
      told: new Map(),
    };
    if (known === undefined) {
      if (troubles.size >= REMEMBERED_MAX) troubles.delete(troubles.keys().next().value!);
      troubles.set(subject.connectorId, trouble);
    } else if (!isActive(known)) {
      Object.assign(known, { since: new Date(now()), reason: undefined, executionId: undefined });
    }
    trouble.subject = subject;
    return trouble;
  }

  function raise(trouble: Trouble, notice: NoticeSettings, kind: NoticeKind): void {
    const position = notices.indexOf(notice);
    const name = `${position} ${kind}`;
    const mark = trouble.marks.get(name);
    if (mark !== undefined && now() < mark.notBefore) {
      mark.suppressed += 1;
      return;
    }
    const next: Mark = { notBefore: now() + notice.throttle, suppressed: 0, wasLost: false };
    trouble.marks.set(name, next);
    const sent = send({
      notice,
      incident: { ...incidentOf(trouble, kind), suppressed: mark?.suppressed ?? 0 },
      key: `${position} ${kind} ${trouble.subject.connectorId} ${windowOf(notice, mark?.wasLost ?? false)}`,
      exhausted() {
        next.wasLost = true;
        next.notBefore = Math.min(next.notBefore, now() + LOST_RETRY_MS);
      },
    });
    const told = trouble.told.get(notice);
    if (told === undefined) trouble.told.set(notice, [sent]);
    else told.push(sent);
  }

  /** Nodes agree on it without asking each other, unless one sees the trouble just before and another just after the turn. */
  function windowOf({ throttle }: NoticeSettings, wasLost: boolean): string {
    const lengthMs = wasLost ? Math.min(throttle, LOST_RETRY_MS) : throttle;
    return `${lengthMs} ${lengthMs === 0 ? now() : Math.floor(now() / lengthMs)}`;
  }

  function recover(trouble: Trouble, recoveredBy: 'run' | 'circuit'): void {
    for (const [notice, sent] of trouble.told) {
      const incident = { ...incidentOf(trouble, 'recovered'), recoveredBy, suppressed: 0 };
      // Whoever was told of the trouble is told of its end, once: the first execution is the same on every node.
      void Promise.all(sent).then((executionIds) => {
        const first = executionIds.find((id) => id !== undefined);
        if (first === undefined) return;
        void send({ notice, incident, key: `recovered ${first}`, exhausted: () => {} });
      });
    }
    trouble.told.clear();
    for (const [name, mark] of trouble.marks) if (mark.notBefore <= now()) trouble.marks.delete(name);
    if (trouble.marks.size === 0 && trouble.failures === 0) troubles.delete(trouble.subject.connectorId);
  }

  return {
    failed(run) {
      const { spaceId, connectorId, connectorTypeId, connectorName } = run;
      const trouble = troubleOf({ spaceId, connectorId, connectorTypeId, connectorName });
      trouble.failures += 1;
      trouble.reason = run.message ?? trouble.reason;
      trouble.executionId = run.executionId;
      for (const notice of notices) {
        // An open circuit was told of already, and the failures are what opened it.
        const isToldAsCircuit = trouble.isOpen && notice.circuit;
        if (trouble.failures >= notice.failures && !isToldAsCircuit && watches(notice, connectorId)) {
          raise(trouble, notice, 'failures');
        }
      }
    },

    succeeded(connectorId) {
      const trouble = troubles.get(connectorId);
      if (trouble === undefined) return;
      trouble.failures = 0;
      // One call that got through a half-open circuit does not mean that the waiting actions go on.
      if (!trouble.isOpen) recover(trouble, 'run');
    },

    circuit(event) {
      const { spaceId, connectorId, connectorTypeId, connectorName } = event;
      if (event.state === 'closed') {
        const trouble = troubles.get(connectorId);
        if (trouble === undefined) return;
        trouble.isOpen = false;
        trouble.probeAt = undefined;
        recover(trouble, 'circuit');
        return;
      }
      const trouble = troubleOf({ spaceId, connectorId, connectorTypeId, connectorName });
      trouble.isOpen = true;
      if (event.state === 'half_open') return;
      trouble.reason = event.reason ?? trouble.reason;
      trouble.probeAt = event.probeAt;
      for (const notice of notices) {
        if (notice.circuit && watches(notice, connectorId)) raise(trouble, notice, 'circuit_open');
      }
    },

    isOpen: (connectorId) => troubles.get(connectorId)?.isOpen === true,
  };
}

function watches({ connectors }: NoticeSettings, connectorId: string): boolean {
  return connectors === undefined || connectors.includes(connectorId);
}

function isActive({ failures, isOpen, told }: Trouble): boolean {
  return failures > 0 || isOpen || told.size > 0;
}

function incidentOf({ subject, reason, failures, since, probeAt, executionId }: Trouble, kind: NoticeKind) {
  return { ...subject, kind, reason, failures, since, probeAt, executionId };
}
