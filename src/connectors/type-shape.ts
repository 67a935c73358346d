import { z } from 'zod';
import { CATEGORIES, type EscapeMode, type License } from './define.ts';
import { hasField } from './form.ts';

const MODES = ['none', 'html', 'json', 'markdown', 'slack'] as const satisfies readonly EscapeMode[];
const LICENSES = ['basic', 'standard', 'gold', 'platinum', 'enterprise', 'trial'] as const satisfies readonly License[];

const text = () => z.string({ error: 'must be a text' }).min(1, { error: 'must not be empty' });
const oneOf = <const V extends readonly [string, ...string[]]>(values: V) =>
  z.enum(values, { error: `must be one of ${values.map((value) => `"${value}"`).join(', ')}` });
const func = () =>
  z.custom<unknown>((value) => typeof value === 'function', { error: 'must be a function' }).optional();
const object = (error = 'must be an object') => z.record(z.string(), z.unknown(), { error });

/** Whatever copy of zod 4 made it; zod 3 has no `_zod`. */
function isSchema(value: unknown): value is z.ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value && 'safeParse' in value;
}
const schema = (example: string) =>
  z.custom<z.ZodType>(isSchema, { error: `must be a schema of zod 4, e.g. ${example}` });

const templates = z
  .record(z.string(), oneOf(MODES), { error: 'must be an object like { message: "markdown" }' })
  .optional();

const actionShape = z.looseObject(
  {
    templates,
    params: schema('z.strictObject({ message: f.text("Message") })'),
    run: z.custom<unknown>((value) => typeof value === 'function', { error: 'must be a function' }),
  },
  { error: 'must be made by action(params, run)' },
);

const typeShape = z.looseObject(
  {
    id: text().regex(/^[.\w-]+$/, { error: 'may hold only letters, digits, ".", "_" and "-"' }),
    name: text(),
    description: text(),
    category: oneOf(CATEGORIES),
    features: z.array(text(), { error: 'must be a list like ["alerting"]' }),
    minimumLicense: oneOf(LICENSES),
    config: schema('z.strictObject({ url: f.url("URL") })'),
    secrets: schema('z.strictObject({ token: f.secret("Token") })'),
    style: oneOf(['flat', 'subAction']),
    subActionsChecked: oneOf(['within', 'before']).optional(),
    actions: z.record(z.string(), actionShape, { error: 'must be an object like { run: action(params, run) }' }),
    sample: z.looseObject(
      { config: object(), secrets: object(), params: object() },
      { error: 'must be an object with "config", "secrets" and "params"' },
    ),
    notice: text().optional(),
    templates,
    expandTemplates: func(),
    target: func(),
    auth: func(),
    tls: func(),
    smtp: func(),
    traits: func(),
    test: func(),
    check: z
      .looseObject({ config: func(), secrets: func(), connector: func() }, { error: 'must be an object' })
      .optional(),
    hooks: z
      .looseObject({ beforeSave: func(), afterSave: func(), afterDelete: func() }, { error: 'must be an object' })
      .optional(),
    setup: z.array(text(), { error: 'must be a list of sentences' }).optional(),
    destinationFields: z.array(text(), { error: 'must be a list of names of config fields' }).optional(),
    maxAttempts: z.int({ error: 'must be a whole number' }).min(1, { error: 'must be at least 1' }).optional(),
  },
  { error: 'it must be an object, best made by defineConnectorType({ … })' },
);

/**
 * Why a value is no connector type, for authors who have no type checker: the first problem as one sentence that names
 * the member, e.g. `"actions.run.params" must be a schema of zod 4, …`.
 *
 * @returns undefined when the value has the shape, and its sample fits its schemas
 */
export function problemOfType(value: unknown): string | undefined {
  const parsed = typeShape.safeParse(value);
  if (!parsed.success) return sentence([], parsed.error);
  const { config, secrets, sample, style, actions } = parsed.data;
  const run = style === 'flat' ? actions.run : undefined;
  return (
    misfit('config', config, sample.config) ??
    misfit('secrets', secrets, sample.secrets) ??
    (run === undefined ? undefined : misfit('params', run.params, sample.params)) ??
    strayTemplate(parsed.data)
  );
}

/** A template that no param can hold is a misspelt one. Those of the type hold for each action that has such a param. */
function strayTemplate({ style, actions, templates = {} }: z.output<typeof typeShape>): string | undefined {
  const all = Object.values(actions);
  const isKnown = (path: string, among: readonly { readonly params: z.ZodType }[]) => {
    const [first = '', ...rest] = path.split('.');
    if (style === 'flat') return among.some(({ params }) => hasField(params, [first, ...rest]));
    return first === 'subActionParams' && among.some(({ params }) => hasField(params, rest));
  };
  const stray = (paths: object, among: typeof all, where: string) => {
    const path = Object.keys(paths).find((one) => !isKnown(one, among));
    return path === undefined ? undefined : `"${where}" names "${path}", which the params do not have.`;
  };
  return (
    stray(templates, all, 'templates') ??
    Object.entries(actions)
      .map(([name, action]) => stray(action.templates ?? {}, [action], `actions.${name}.templates`))
      .find((problem) => problem !== undefined)
  );
}

/** The sample is the documentation and the prefilled test: it must be right. */
function misfit(part: 'config' | 'secrets' | 'params', schema: z.ZodType, value: unknown): string | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? undefined : sentence(['sample', part], parsed.error);
}

function sentence(prefix: string[], error: z.ZodError): string {
  const [issue] = error.issues;
  const path = [...prefix, ...(issue?.path ?? [])].join('.');
  const message = issue?.message ?? 'is wrong';
  return path === ''
    ? `${message}.`
    : `"${path}" ${prefix.length > 0 ? `does not fit its schema: ${message}` : message}.`;
}
