// Practice ballots: sealed exactly like real ones, under a key whose secret half everybody can compute, and never cast.
//
// For a test of the encryption the randomness of a practice ballot comes from a seed that can be shown afterwards: byte
// block i is SHA-256("folkmoot-practice|SEED|i"), SEED in 64 hex digits, i decimal from 0, blocks concatenated. Whoever has
// the seed, the code and the choices makes the same ballot again, byte for byte, also with another program
// (`folkmoot ballot test FILE`).

import { makeBallot, readElection } from './belenios.mjs';
import { ensure, hex, sha256 } from './hash.mjs';
import { RandomSource } from './random.mjs';

export const TEST_FORMAT = 'folkmoot-practice-test-1';
const SEED = /^[0-9a-f]{64}$/;

/** A new seed. */
export function newSeed() {
  return hex(crypto.getRandomValues(new Uint8Array(32)));
}

/** The source of randomness of a seed. */
export function seededSource(seed) {
  ensure(SEED.test(seed), 'seed', 'The seed is not 64 hex digits.');
  let block = 0;
  let spare = new Uint8Array(0);
  return new RandomSource(async (n) => {
    const parts = [...spare];
    while (parts.length < n) parts.push(...(await sha256(`folkmoot-practice|${seed}|${block++}`)));
    spare = Uint8Array.from(parts.slice(n));
    return Uint8Array.from(parts.slice(0, n));
  });
}

/** Seals a practice ballot; the whole test record. */
export async function sealPractice(electionText, code, choices, seed = newSeed()) {
  const election = await readElection(electionText);
  const { ballot, tracker } = await makeBallot(election, code, choices, { random: seededSource(seed) });
  return { format: TEST_FORMAT, election: electionText, code, choices, seed, ballot, tracker };
}

/** Makes a ballot again from its test record. Returns true when it is the same to the byte. */
export async function repeatPractice(record) {
  ensure(record?.format === TEST_FORMAT && Array.isArray(record.choices), 'record', 'This is not a test file of a practice ballot.');
  const again = await sealPractice(record.election, record.code, record.choices, record.seed);
  return again.ballot === record.ballot && again.tracker === record.tracker;
}

/** What a test record says was chosen: for each question its text and lines. */
export async function recordInWords(record) {
  const { questions } = await readElection(record.election);
  return questions.map((question, i) => {
    const marks = record.choices[i];
    const names = question.blank ? ['Blank vote', ...question.answers] : question.answers;
    const lines = names.map((name, k) => (question.kind === 'homomorphic' ? marks[k] === 1 && name : `${name}: ${marks[k]}`)).filter(Boolean);
    return { question: question.question, lines: lines.length > 0 ? lines : ['Nothing'] };
  });
}
