import { setTimeout as sleep } from 'node:timers/promises';
import { PASSWORD } from './client.ts';
import type { Figure } from './figure.ts';
import { createConnectors } from './list.ts';
import { median } from './load.ts';
import { startServer } from './processes.ts';
import { treeMemory } from './usage.ts';

const STARTS = 5;

/** From the command to the ready line, and what the whole process tree then takes. */
export async function benchStart(dataDir: string): Promise<Figure[]> {
  const first = await startServer(dataDir, PASSWORD);
  await first.child.stop();

  const empty = await restart(dataDir);
  const filling = await startServer(dataDir, PASSWORD);
  await createConnectors(filling.url, 1_000);
  await filling.child.stop();
  const filled = await restart(dataDir);

  const resting = await startServer(dataDir, PASSWORD);
  // Idle connections are closed after ten seconds; rest begins then.
  await sleep(15_000);
  const memory = treeMemory(resting.child.pid);
  await resting.child.stop();

  return [
    figure('first start after installation', first.readyMs, 'ms', '', 6_000),
    figure('start on existing data, median', empty, 'ms', `of ${STARTS}`, 2_000),
    figure('start with 1,000 connectors stored, median', filled, 'ms', `of ${STARTS}`, 2_000),
    figure(
      'memory of the process tree at rest (PSS)',
      memory.pssMb,
      'MB',
      `${memory.processes} processes, RSS ${memory.rssMb.toFixed(0)} MB`,
      200,
    ),
  ];
}

async function restart(dataDir: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < STARTS; round += 1) {
    const server = await startServer(dataDir, PASSWORD);
    times.push(server.readyMs);
    await server.child.stop();
  }
  return median(times);
}

function figure(name: string, value: number, unit: string, reference: string, most: number): Figure {
  return { name, value, unit, reference, limit: `at most ${most} ${unit}`, holds: value <= most };
}
