import { createContext, useContext } from 'react';
import type { Connector } from '../../../api/connectors.ts';
import type { TypeDescription } from '../../../api/types.ts';
import type { DraftState } from '../form/use-draft.ts';
import type { Conflict } from './merge.ts';

/** The form's id, by which the button in the footer submits it. */
export const FORM_ID = 'connector-form';

/** What the tabs of a connector's panel share; what is typed in one stays while another is looked at. */
export interface EditContext {
  /** As it was when editing began, or after the last save. */
  readonly connector: Connector;
  readonly type: TypeDescription;
  readonly state: DraftState;
  readonly isDirty: boolean;
  /** Why nothing can be changed; undefined where it can. */
  readonly readOnly?: 'preconfigured' | 'role' | 'disabled';
  readonly conflict?: Conflict;
  /** Somebody deleted it meanwhile. */
  readonly isDeleted: boolean;
  /** Grows when what is stored is taken over as a whole. */
  readonly generation: number;
  /** The last conflict was settled by keeping both changes, which are not saved yet. */
  readonly isMerged: boolean;
  readonly keepMine: () => void;
  readonly takeTheirs: () => void;
  readonly save: () => void;
}

export const EditContext = createContext<EditContext | undefined>(undefined);

/** Only below the panel, once the connector is there. */
export function useEdit(): EditContext {
  return useContext(EditContext)!;
}
