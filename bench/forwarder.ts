/**
 * The least that a server between a caller and a target can do: read JSON, send its text on, answer. No checks, no
 * credentials, no limits, no record. What it reaches is the ceiling for any server in one Node.js process.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request as send } from 'undici';

const target = process.argv[2] ?? '';
const dispatcher = new Agent({ connections: 128 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const { params } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { params: { body: string } };
    const headers = { 'content-type': 'application/json' };
    const answer = await send(target, { dispatcher, method: 'POST', headers, body: params.body });
    await answer.body.text();
    const text = JSON.stringify({ status: 'ok', data: params.body });
    response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(text) }).end(text);
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
