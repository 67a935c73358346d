// @ts-check

/**
 * A connector as `GET /api/actions/connectors?extended=true` answers it, as far as the list shows it.
 *
 * @typedef {object} Connector
 * @property {string} id
 * @property {string} name
 * @property {string} connector_type_id
 * @property {boolean} is_preconfigured
 * @property {boolean} is_deprecated
 * @property {boolean} is_connector_type_deprecated
 * @property {boolean} [is_missing_secrets]
 * @property {string[]} [tags]
 * @property {{ at: string, outcome: string, message?: string } | null} [last_execution]
 */

/** @typedef {{ id: string, name: string, enabled: boolean }} ConnectorType  As `GET /api/actions/connector_types` answers it. */

/** @typedef {{ connector: Connector, type?: ConnectorType, typeName: string, text: string }} Row  One connector, made ready to be searched. */

/**
 * @param {Connector[]} connectors
 * @param {ConnectorType[]} types
 * @returns {Row[]} in the same order; the type's id stands in for the name of a type that is not registered
 */
export function toRows(connectors, types) {
  const typesById = new Map(types.map((type) => [type.id, type]));
  return connectors.map((connector) => {
    const type = typesById.get(connector.connector_type_id);
    const typeName = type?.name ?? connector.connector_type_id;
    const words = [connector.name, connector.id, typeName, connector.connector_type_id, ...(connector.tags ?? [])];
    return { connector, type, typeName, text: words.join('\n').toLowerCase() };
  });
}

/**
 * The rows that contain every word of the search, and how many of them each type has; the second is counted before the
 * type filter, so that its menu says what choosing another type would show.
 *
 * @param {Row[]} rows
 * @param {{ search: string, typeId: string }} filter `typeId` empty: all types
 * @returns {{ found: Row[], counts: Map<string, number> }}
 */
export function filterRows(rows, { search, typeId }) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  /** @type {Map<string, number>} */
  const counts = new Map();
  /** @type {Row[]} */
  const found = [];
  for (const row of rows) {
    if (!words.every((word) => row.text.includes(word))) continue;
    const id = row.connector.connector_type_id;
    counts.set(id, (counts.get(id) ?? 0) + 1);
    if (typeId === '' || id === typeId) found.push(row);
  }
  return { found, counts };
}
