import type { Values } from '../../../api/types.ts';
import { form as words } from '../../../words/form.ts';
import type { Field } from './fields.ts';
import type { Problem } from './problems.ts';
import { isUnset, isVisible, pathOf } from './values.ts';

/** Fields that a refusal may be about, and where they stand. */
export interface Area {
  /** `config`, `secrets`, `params` or `params.subActionParams`. */
  readonly base: string;
  readonly fields: readonly Field[];
  readonly values: Values;
}

const VALIDATION =
  /error validating (?:connector type (config|secrets)|action (params)|action type (connector)): ([\s\S]*)/;
const SUB_ACTION = /Request validation failed \(([\s\S]*)\)$/;
const REQUEST = /^\[request body\.([^\]]+)\]: ([\s\S]*)/;
const GIVEN_AGAIN = /^config\.(\S+) decides where .* must be given again: (.*)\.$/s;

/**
 * The fields that a refusal names. The server's sentences are made for programs that know Kibana's; here they are taken
 * apart, so that each problem stands at its field. What names none keeps an empty path.
 */
export function problemsIn(message: string, areas: readonly Area[]): Problem[] {
  const request = REQUEST.exec(message);
  if (request !== null) return requestProblems(request[1]!, request[2]!, areas);

  const sub = SUB_ACTION.exec(message);
  if (sub !== null) return details(sub[1]!, 'params.subActionParams', areas, message);

  const validation = VALIDATION.exec(message);
  if (validation === null) return [{ path: '', message }];
  const [, part, params, connector, detail] = validation;
  const base = connector === undefined ? (part ?? params ?? '') : '';
  return details(detail!, base, areas, message);
}

/** The secrets that a refusal asks for again, and the config field that was changed. */
export function secretsAskedAgain(message: string): { changed: string; secrets: string[] } | undefined {
  const [, field, rest] = REQUEST.exec(message) ?? [];
  const asked = field === 'secrets' ? GIVEN_AGAIN.exec(rest!) : null;
  return asked === null ? undefined : { changed: asked[1]!, secrets: asked[2]!.split(', ') };
}

function requestProblems(path: string, rest: string, areas: readonly Area[]): Problem[] {
  const isBlank = rest === "value '' is not valid";
  return [{ path, message: isBlank ? words.required(labelAt(path, areas)) : rest }];
}

/** `Field "url": Required`, or a list of such: `3 errors:\n [1]: …;\n [2]: …`. */
function details(detail: string, base: string, areas: readonly Area[], whole: string): Problem[] {
  const entries = /^\d+ errors:\n/.test(detail)
    ? detail
        .replace(/^\d+ errors:\n /, '')
        .split(/;\n (?=\[\d+\]: )/)
        .map((entry) => entry.replace(/^\[\d+\]: /, ''))
    : [detail];
  return entries.flatMap((entry) => {
    const [, field, message] = /^Field "([\s\S]*?)": ([\s\S]*)$/.exec(entry) ?? [];
    if (field === undefined) {
      const said = entry === '' ? whole : withoutPrefix(withLabels(entry, base, areas));
      return [{ path: guessedPath(entry, base, areas) ?? '', message: said }];
    }
    const path = pathOf(base, field);
    return [{ path, message: message === 'Required' ? words.required(labelAt(path, areas)) : message! }];
  });
}

/** What a type's own check says begins with words for programs; the rest is the sentence. */
function withoutPrefix(entry: string): string {
  const said = entry.replace(/^error (configuring|validating|validation) [\w .-]*?: /, '');
  return said.charAt(0).toUpperCase() + said.slice(1);
}

/** `[host]` as people know it. */
function withLabels(sentence: string, base: string, areas: readonly Area[]): string {
  const fields = areas.filter((area) => base === '' || area.base === base).flatMap((area) => area.fields);
  return sentence.replaceAll(/\[(\w+)\]/g, (all, name) => fields.find((field) => field.name === name)?.label ?? all);
}

/** A check's sentence without a field: it may name one, repeat what was typed into it, or call one by its label. */
function guessedPath(sentence: string, base: string, areas: readonly Area[]): string | undefined {
  const around = areas.find((area) => area.base === 'config');
  const candidates = areas
    .filter((area) => base === '' || area.base === base || area.base.startsWith(`${base}.`))
    .flatMap((area) =>
      area.fields
        // Nobody can mend what the form does not show.
        .filter((field) => isVisible(field, area.fields, area.values, around))
        .map((field) => ({ area, field, value: area.values[field.name] })),
    );
  const named = candidates.filter(({ field }) => isNamed(sentence, field.name));
  const best =
    named.find(({ value }) => isUnset(value)) ??
    named[0] ??
    candidates.find((one) => isQuoted(sentence, one.value)) ??
    // Of several addresses the sentence is about the one that is none, whatever it calls it.
    (/\burl\b/i.test(sentence)
      ? candidates.find(({ field, value }) => /url/i.test(field.name) && !isUnset(value) && !isWebAddress(value))
      : undefined);
  if (best !== undefined) return pathOf(best.area.base, best.field.name);
  const called = candidates.filter(({ field }) => isCalled(sentence, field.label));
  return called.length === 1 ? pathOf(called[0]!.area.base, called[0]!.field.name) : undefined;
}

function isNamed(sentence: string, name: string): boolean {
  // Short names such as "to" are also ordinary words; those count in quotes and brackets only.
  const plain = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(/[A-Z_]/.test(name) ? `\\b${plain}\\b` : `["'[\`]${plain}["'\\]\`]`).test(sentence);
}

/** As people know the field: `the URL must begin with …`. */
function isCalled(sentence: string, label: string): boolean {
  const plain = label.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`\\bthe ${plain}\\b`, 'i').test(sentence);
}

function isQuoted(sentence: string, value: unknown): boolean {
  if (typeof value !== 'string' || value.length < 3) return false;
  return [...sentence.matchAll(/"([^"]{3,})"|\[([^\]]{3,})\]/g)].some((match) => value.includes(match[1] ?? match[2]!));
}

function isWebAddress(value: unknown): boolean {
  return typeof value === 'string' && /^https?:$/.test(URL.parse(value)?.protocol ?? '');
}

/** The label of the field at a path, or the last part of the path. */
export function labelAt(path: string, areas: readonly Area[]): string {
  for (const { base, fields } of areas) {
    if (!path.startsWith(`${base}.`)) continue;
    const label = labelIn(path.slice(base.length + 1).split('.'), fields);
    if (label !== undefined) return label;
  }
  return path.split('.').at(-1) ?? path;
}

function labelIn([first, ...rest]: readonly string[], fields: readonly Field[]): string | undefined {
  let field = fields.find(({ name }) => name === first);
  let label = field?.label;
  for (const [index, segment] of rest.entries()) {
    if (field?.kind === 'object') return labelIn(rest.slice(index), field.fields) ?? label;
    field = field?.kind === 'list' || field?.kind === 'map' ? field.item : undefined;
    if (label !== undefined) label = /^\d+$/.test(segment) ? words.itemOf(Number(segment) + 1, label) : segment;
  }
  return label;
}
