/**
 * Searches of texts without the table. Words of fewer than three letters have no trigrams, so every text is looked at; the
 * table holds these between many times as many rows without one. An entry of an index must fit into a third of a page, so
 * the few long texts have an index of their own.
 */
export const sql = `
drop index patchbay.executions_with_text;
create index executions_with_short_text on patchbay.executions (space_id, id)
  include (connector_id, connector_type_id, source, status, code, message)
  where (message is not null or code is not null)
    and octet_length(space_id || connector_id || connector_type_id || coalesce(code, '') || coalesce(message, '')) <= 2000;
create index executions_with_long_text on patchbay.executions (space_id, id)
  where octet_length(space_id || connector_id || connector_type_id || coalesce(code, '') || coalesce(message, '')) > 2000;
`;
