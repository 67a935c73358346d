import type { Action, AnyConnectorType, EscapeMode } from './define.ts';
import { codeSpan } from './markdown.ts';

/** How values are written into a template, by mode; the middle of a sentence. */
const MODES: Readonly<Record<EscapeMode, string>> = {
  none: 'as they are',
  html: 'escaped for HTML',
  json: 'escaped for the inside of a JSON string',
  markdown: 'with a backslash before what Markdown would read as a mark',
  slack: "escaped for Slack's mrkdwn",
};

function listOf(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** Without the `subActionParams` that all paths of sub-actions begin with; a list or object stands for all that is in it. */
function templateLines(templates: Action<unknown, unknown>['templates'], prefix: string): string[] {
  const modes = Object.keys(MODES) as EscapeMode[];
  return modes.flatMap((mode) => {
    const paths = Object.entries(templates ?? {}).filter(([, own]) => own === mode);
    if (paths.length === 0) return [];
    const names = paths.map(([path]) => codeSpan(path.replace(/^subActionParams\./, '').replaceAll('.*', '')));
    return [`${prefix}${names.join(', ')}: values are written ${MODES[mode]}.`];
  });
}

/** Which parameters may hold templates; sub-actions that differ from the type are listed one by one. */
export function templateSection({ style, templates, actions, expandTemplates }: AnyConnectorType): string[] {
  const own = Object.entries(actions).filter(([, action]) => action.templates !== undefined);
  const everywhere = own.length === Object.keys(actions).length;
  const ofType =
    templates === undefined
      ? ['Every text may hold variables; values are written as they are.']
      : templateLines(templates, '');
  const lines = [
    ...(everywhere ? [] : ofType),
    ...own.flatMap(([name, action]) =>
      templateLines(action.templates, style === 'flat' ? '' : `Sub-action ${codeSpan(name)}: `),
    ),
  ];
  const more = expandTemplates === undefined ? [] : ['Rules fill further parameters of this type by themselves.'];
  const shown = lines.length === 0 ? (more.length === 0 ? ['No parameter takes variables.'] : []) : lines;
  return ['## Templates', listOf([...shown, ...more])];
}
