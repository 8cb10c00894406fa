// What the tests of the booth share: paths, a deterministic source of randomness, election objects, other verifiers.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { groupNamed } from '../../static/booth/group.mjs';
import { RandomSource } from '../../static/booth/random.mjs';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const UUID = 'TestE1ection14';
export const CREDENTIALS = ['AAAAA-BBBBBB-CCCCC-DDDDDD', 'aaaaa-bbbbbb-ccccc-dddddd', 'ZZZZZ-yyyyyy-XXXXX-wwwwww'];

/** Reason to skip a test that needs a program, or false when the program is there. */
export function missing(program, ...args) {
  const { error, status } = spawnSync(program, args.length ? args : ['--version'], { encoding: 'utf8' });
  return error || status !== 0 ? `${program} is not installed` : false;
}

/**
 * Reproducible randomness: byte block i is SHA-256("booth-vectors|SEED|i"), i decimal from 0, blocks concatenated.
 * crates/ballot/examples/booth_vectors.rs draws from the same stream.
 */
export function seededRandom(seed) {
  let block = 0;
  let buffer = Buffer.alloc(0);
  return new RandomSource(async (n) => {
    const parts = [buffer];
    for (let have = buffer.length; have < n; have += 32) {
      parts.push(createHash('sha256').update(`booth-vectors|${seed}|${block++}`).digest());
    }
    const all = Buffer.concat(parts);
    buffer = all.subarray(n);
    return new Uint8Array(all.subarray(0, n));
  });
}

/** Canonical text of an election with the given questions under the key g^secret. */
export function electionText(groupName, questions, secret = 123456789012345678901234567890n) {
  const group = groupNamed(groupName);
  return JSON.stringify({
    version: 1,
    description: 'Election for tests, with “quotes”',
    name: 'Test',
    group: groupName,
    public_key: group.encode(group.pow(group.g, secret)),
    questions,
    uuid: UUID,
  });
}

/** A homomorphic question with n answers. */
export function approval(n, min, max, blank) {
  const answers = Array.from({ length: n }, (_, i) => `Candidate ${i + 1}`);
  return blank === undefined ? { answers, min, max, question: 'Who?' } : { answers, blank, min, max, question: 'Who?' };
}

/** A non-homomorphic question with n answers. */
export function ranking(n) {
  const answers = Array.from({ length: n }, (_, i) => `Candidate ${i + 1}`);
  return { type: 'NonHomomorphic', value: { answers, question: 'In which order?' }, extra: { method: 'Schulze', blank: true } };
}

/** Runs the Python reference over input; returns its parsed output lines. */
export function reference(script, input) {
  const run = spawnSync('python3', ['-c', script, ROOT], { input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

/** Verdicts of ops/reference/verify.py on ballots: "ok" or the reason of the refusal. */
export function referenceVerdicts(election, ballots) {
  return reference(
    `
import sys, json
sys.path.insert(0, sys.argv[1] + 'ops/reference')
import verify as v
job = json.load(sys.stdin)
E = v.Election(job['election'])
def verdict(b):
    try: v.verify_ballot(E, b.encode()); return 'ok'
    except Exception as e: return 'refused: %s' % e
print(json.dumps([verdict(b) for b in job['ballots']]))
`,
    { election, ballots },
  );
}
