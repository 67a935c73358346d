import type { NoticeSettings } from './types.ts';

/** What a connector is in a notice. */
export interface NoticeUse {
  readonly kind: 'notice';
  /** Where the notice stands in the settings, e.g. `patchbay.notices[0]`. */
  readonly name: string;
  readonly role: 'to' | 'fallback';
}

/** Which connectors carry notices, by id: whoever deletes one of them should know. */
export function noticeUses(settings: readonly NoticeSettings[]): Readonly<Record<string, readonly NoticeUse[]>> {
  const uses = new Map<string, NoticeUse[]>();
  for (const [index, { to, fallback }] of settings.entries()) {
    const note = (id: string, role: NoticeUse['role']) => {
      const use: NoticeUse = { kind: 'notice', name: `patchbay.notices[${index}]`, role };
      uses.set(id, [...(uses.get(id) ?? []), use]);
    };
    note(to, 'to');
    for (const id of new Set(fallback)) note(id, 'fallback');
  }
  return Object.fromEntries(uses);
}
