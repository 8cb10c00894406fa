// How long the booth needs to seal a ballot of 26 answers (min 0, max 26) in this Node.
// Run: node ops/bench-client.mjs [repetitions]
// "cold" is the first ballot of a fresh process, tables included; "warm" the median of the following ones.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const GROUPS = ['Ed25519', 'BELENIOS-2048'];
const TARGET = { Ed25519: { warm: 60, cold: 400 } };

async function measure(groupName, repetitions) {
  const begin = performance.now();
  const { readElection, makeBallot } = await import('../static/booth/belenios.mjs');
  const { electionText, approval, CREDENTIALS } = await import('../e2e/booth/fixtures.mjs');
  const text = electionText(groupName, [approval(26, 0, 26)]);
  const choices = [Array.from({ length: 26 }, (_, i) => i % 2)];
  const started = performance.now();
  const election = await readElection(text);
  const first = await makeBallot(election, CREDENTIALS[0], choices);
  const cold = performance.now() - started;
  const times = [];
  for (let i = 0; i < repetitions; i++) {
    const t = performance.now();
    await makeBallot(election, CREDENTIALS[0], choices);
    times.push(performance.now() - t);
  }
  times.sort((a, b) => a - b);
  return { load: started - begin, cold, warm: times[times.length >> 1], bytes: first.ballot.length };
}

if (process.argv[2] === '--one') {
  console.log(JSON.stringify(await measure(process.argv[3], Number(process.argv[4]))));
} else {
  const repetitions = process.argv[2] ?? '21';
  console.log('group            cold ms   warm ms   ballot bytes   target cold/warm');
  for (const group of GROUPS) {
    const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--one', group, repetitions], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    const { cold, warm, bytes } = JSON.parse(run.stdout);
    const target = TARGET[group];
    const verdict = target ? `${target.cold}/${target.warm} ${cold <= target.cold && warm <= target.warm ? 'met' : 'MISSED'}` : '-';
    console.log(
      `${group.padEnd(16)} ${cold.toFixed(0).padStart(7)} ${warm.toFixed(1).padStart(9)} ${String(bytes).padStart(14)}   ${verdict}`,
    );
  }
}
