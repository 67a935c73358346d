import { createContext, useContext } from 'react';

/** What every control of a form needs to know besides its field. */
export interface FormContext {
  /** Distinguishes forms on the same page. */
  readonly id: string;
  /** Problems by path. */
  readonly problems: ReadonlyMap<string, string>;
  /** Nothing can be changed: the reader may not save. */
  readonly isReadOnly: boolean;
}

export const FormContext = createContext<FormContext>({ id: 'form', problems: new Map(), isReadOnly: false });

/** The id of the control at a path, which links from the summary of problems lead to. */
export const controlId = (formId: string, path: string) => `${formId}-${path.replaceAll(/\s/g, '_')}`;

/** Id, problem and state of the control at a path; a control that is typed as a whole also shows what is wrong inside. */
export function useControl(path: string, isWhole = true) {
  const { id, problems, isReadOnly } = useContext(FormContext);
  const inside = isWhole ? [...problems].find(([at]) => at.startsWith(`${path}.`)) : undefined;
  const problem =
    problems.get(path) ?? (inside === undefined ? undefined : `${inside[0].slice(path.length + 1)}: ${inside[1]}`);
  return { id: controlId(id, path), problem, isReadOnly };
}
