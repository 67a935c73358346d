import { renderSettingsDocs } from '../src/config/docs.ts';
import { BUILT_IN_TYPES } from '../src/connector-types/index.ts';
import { renderConnectorDocs } from '../src/connectors/docs.ts';

/** Every generated page: its path below `docs/` and its text. */
export function generatedDocs(): Map<string, string> {
  const pages = new Map([['settings.md', renderSettingsDocs()]]);
  for (const [name, text] of renderConnectorDocs(BUILT_IN_TYPES)) pages.set(`connectors/${name}`, text);
  return pages;
}
