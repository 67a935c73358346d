import type { TypeDescription, Values } from '../../../api/types.ts';
import { type Field, labelOf } from '../form/fields.ts';
import { fieldsOf } from '../form/schema.ts';
import { filledIn, initialValues } from '../form/values.ts';

/** One thing that the connectors of a type can do. */
export interface TypeAction {
  readonly name: string;
  readonly label: string;
  readonly description?: string;
  readonly isDestructive: boolean;
  readonly fields: readonly Field[];
  /** What its form begins with. */
  readonly sample: Values;
}

/** The actions of a type, that of the sample first. */
export function actionsOf(type: TypeDescription): TypeAction[] {
  const { params } = type.sample;
  const sampleName = type.style === 'flat' ? 'run' : params.subAction;
  const sampleParams = type.style === 'flat' ? params : asValues(params.subActionParams);
  return Object.entries(type.actions)
    .map(([name, { params_schema: schema, description, destructive }]) => {
      const fields = fieldsOf(schema);
      return {
        name,
        label: labelOf(name),
        description,
        isDestructive: destructive === true,
        fields,
        sample: { ...initialValues(fields), ...(name === sampleName ? sampleParams : {}) },
      };
    })
    .sort((a, b) => Number(b.name === sampleName) - Number(a.name === sampleName));
}

/** Where the fields of an action stand in the params of a run. */
export const baseOf = (type: TypeDescription) => (type.style === 'flat' ? 'params' : 'params.subActionParams');

/** The params of a run as they are sent. */
export function paramsOf(type: TypeDescription, action: TypeAction, values: Values): Values {
  const filled = filledIn(action.fields, values);
  return type.style === 'flat' ? filled : { subAction: action.name, subActionParams: filled };
}

function asValues(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
}
