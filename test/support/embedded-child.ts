import { startEmbedded } from '../../src/db/embedded.ts';

// A process to be killed: starts the embedded server on the folder of its first argument, says so on standard
// output as `{ postgres }` (the server's pid), and lives until it is ended.
const log = { debug() {}, info() {}, warn() {}, error() {} };
const server = await startEmbedded({ dataDir: process.argv[2]!, log });
console.log(JSON.stringify({ postgres: server.pid }));
setInterval(() => {}, 60_000);
