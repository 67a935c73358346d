/** Where an imported connector came from, when it could not keep its id: the same file, imported again, finds it by this. */
export const sql = `
alter table patchbay.connectors add column origin_id text;
create index connectors_origin on patchbay.connectors (space_id, origin_id) where origin_id is not null;
`;
