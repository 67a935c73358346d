import type { Connector, ConnectorChange, ConnectorContent } from '../../../api/connectors.ts';
import type { TypeDescription, Values } from '../../../api/types.ts';
import { form as words } from '../../../words/form.ts';
import type { Field } from './fields.ts';
import type { Part } from './layout.ts';
import { type Problem, problemsOf } from './problems.ts';
import type { Area } from './refusals.ts';
import type { SecretFate } from './SecretControl.tsx';
import { fieldsOf } from './schema.ts';
import { filledIn, initialValues, isSame, isUnset, isVisible, pathOf } from './values.ts';

/** A connector as typed in. */
export interface Draft {
  readonly name: string;
  readonly tags: readonly string[];
  readonly config: Values;
  readonly secrets: Values;
  /** What becomes of each stored secret; empty for a new connector. */
  readonly fates: Readonly<Record<string, SecretFate>>;
}

/** The fields of a type's connectors. */
export interface ConnectorForm {
  readonly config: readonly Field[];
  readonly secrets: readonly Field[];
  readonly parts: readonly Part[];
}

export function connectorForm(type: TypeDescription): ConnectorForm {
  const config = fieldsOf(type.config_schema);
  const secrets = fieldsOf(type.secrets_schema);
  return {
    config,
    secrets,
    parts: [
      { base: 'config', fields: config },
      { base: 'secrets', fields: secrets },
    ],
  };
}

export function newDraft(form: ConnectorForm): Draft {
  return { name: '', tags: [], config: initialValues(form.config), secrets: initialValues(form.secrets), fates: {} };
}

/** A stored connector as the form shows it: without secrets, whose names are all that is known. */
export function draftOf(connector: Connector): Draft {
  return {
    name: connector.name,
    tags: connector.tags ?? [],
    config: connector.config ?? {},
    secrets: {},
    fates: Object.fromEntries((connector.configured_secrets ?? []).map((name) => [name, 'kept'])),
  };
}

/** For the messages of the server: which fields there are, and what is in them. */
export function areasOf(form: ConnectorForm, draft: Draft): Area[] {
  return [
    { base: 'config', fields: form.config, values: draft.config },
    { base: 'secrets', fields: form.secrets, values: draft.secrets },
  ];
}

/** Name, config and secrets, as far as the schemas tell. */
export function problemsOfDraft(form: ConnectorForm, draft: Draft): Problem[] {
  const around = { fields: form.config, values: draft.config };
  // One that is being replaced needs its new value, whatever the schema says of others.
  const replaced = form.secrets.filter(
    (field) =>
      draft.fates[field.name] === 'replaced' &&
      isUnset(draft.secrets[field.name]) &&
      isVisible(field, form.secrets, draft.secrets, around),
  );
  return [
    ...(draft.name.trim() === '' ? [{ path: 'name', message: words.required(words.nameShort) }] : []),
    ...problemsOf(form.config, draft.config, 'config'),
    ...problemsOf(form.secrets, draft.secrets, 'secrets', {
      around,
      isKept: (name) => draft.fates[name] !== undefined,
    }),
    ...replaced.map(({ name, label }) => ({ path: pathOf('secrets', name), message: words.enterAgain(label) })),
  ];
}

/** What is sent of a draft: fields that are shown and have a value. */
export function contentOf(form: ConnectorForm, draft: Draft): ConnectorContent {
  return {
    name: draft.name.trim(),
    tags: draft.tags,
    config: filledIn(form.config, draft.config),
    secrets: filledIn(form.secrets, draft.secrets, { fields: form.config, values: draft.config }),
  };
}

/**
 * How to get from the stored connector to the draft. Stored secrets are kept unless they were replaced, taken away, or
 * belong to fields that the form no longer shows.
 */
export function changeOf(form: ConnectorForm, before: Connector, draft: Draft): ConnectorChange {
  const content = contentOf(form, draft);
  const config = changedConfig(before.config ?? {}, content.config);
  const secrets = { ...content.secrets, ...removedSecrets(form, draft) };
  return {
    ...(content.name === before.name ? {} : { name: content.name }),
    ...(isSame(content.tags, before.tags ?? []) ? {} : { tags: content.tags }),
    ...(Object.keys(config).length === 0 ? {} : { config }),
    ...(Object.keys(secrets).length === 0 ? {} : { secrets }),
  };
}

/** Null takes away what is stored and no longer wanted. */
function changedConfig(stored: Values, wanted: Values): Values {
  const names = new Set([...Object.keys(stored), ...Object.keys(wanted)]);
  return Object.fromEntries(
    [...names]
      .map((name): [string, unknown] => [name, wanted[name] ?? null])
      .filter(([name, value]) => !isSame(value, stored[name] ?? null)),
  );
}

/** Null takes a secret away: because somebody chose so, or because the way to sign in that needs it was given up. */
function removedSecrets(form: ConnectorForm, draft: Draft): Record<string, null> {
  const around = { fields: form.config, values: draft.config };
  const removed = Object.entries(draft.fates).filter(([name, fate]) => {
    const field = form.secrets.find((one) => one.name === name);
    return fate === 'removed' || (field !== undefined && !isVisible(field, form.secrets, draft.secrets, around));
  });
  return Object.fromEntries(removed.map(([name]) => [name, null]));
}

/** Whether saving would change anything. */
export function isChanged(form: ConnectorForm, before: Draft, now: Draft): boolean {
  return (
    !isSame(contentOf(form, before), contentOf(form, now)) ||
    !isSame(before.fates, now.fates) ||
    !isSame(before.config, now.config) ||
    !isSame(before.secrets, now.secrets)
  );
}

/** Names of the secrets that the connector would have, for code with placeholders. */
export function secretNamesOf(form: ConnectorForm, draft: Draft): string[] {
  const kept = Object.entries(draft.fates).filter(([, fate]) => fate !== 'removed');
  const typed = Object.keys(contentOf(form, draft).secrets);
  return [...new Set([...kept.map(([name]) => name), ...typed])];
}
