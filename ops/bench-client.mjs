// How long the booth needs to seal a ballot of 26 answers (min 0, max 26) in this Node.
// Run: node ops/bench-client.mjs [repetitions]
// "cold" is the first ballot of a fresh process, tables included; "warm" the median of the following ones. Processor
// time (of all threads) is what the targets are held against, for wall-clock time measures the neighbours too.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const GROUPS = ['Ed25519', 'BELENIOS-2048'];
const TARGET = { Ed25519: { warm: 60, cold: 400 } };

/** Wall-clock and processor milliseconds of an asynchronous function, and its result. */
async function timed(run) {
  const wall = performance.now();
  const before = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  return { result, cpu: (user + system) / 1000, wall: performance.now() - wall };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function measure(groupName, repetitions) {
  const { readElection, makeBallot } = await import('../static/booth/belenios.mjs');
  const { electionText, approval, CREDENTIALS } = await import('../e2e/booth/fixtures.mjs');
  const text = electionText(groupName, [approval(26, 0, 26)]);
  const choices = [Array.from({ length: 26 }, (_, i) => i % 2)];
  let election;
  const cold = await timed(async () => {
    election = await readElection(text);
    return makeBallot(election, CREDENTIALS[0], choices);
  });
  const warm = [];
  for (let i = 0; i < repetitions; i++) warm.push(await timed(() => makeBallot(election, CREDENTIALS[0], choices)));
  return {
    cold: cold.cpu,
    coldWall: cold.wall,
    warm: median(warm.map(({ cpu }) => cpu)),
    warmWall: median(warm.map(({ wall }) => wall)),
    bytes: cold.result.ballot.length,
  };
}

if (process.argv[2] === '--one') {
  console.log(JSON.stringify(await measure(process.argv[3], Number(process.argv[4]))));
} else {
  const repetitions = process.argv[2] ?? '21';
  const row = (cells) => console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(16) : cell.padStart(11))).join(' '));
  row(['group', 'cold cpu', 'cold wall', 'warm cpu', 'warm wall', 'bytes', 'target', '']);
  for (const group of GROUPS) {
    const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--one', group, repetitions], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    const { cold, coldWall, warm, warmWall, bytes } = JSON.parse(run.stdout);
    const target = TARGET[group];
    const met = target && cold <= target.cold && warm <= target.warm;
    const times = [cold, coldWall, warm, warmWall].map((ms) => ms.toFixed(0) + ' ms');
    row([group, ...times, String(bytes), target ? `${target.cold}/${target.warm} ms` : '-', target ? (met ? 'met' : 'missed') : '']);
  }
}
