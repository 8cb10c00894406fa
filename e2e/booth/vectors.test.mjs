// The booth's side of e2e/booth/vectors.json, which crates/ballot/tests/booth_vectors.rs makes.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { deriveCredential, makeBallot, readElection } from '../../static/booth/belenios.mjs';
import { groupNamed } from '../../static/booth/group.mjs';
import { verifyBallot } from '../../static/booth/verify.mjs';
import { seededRandom } from './fixtures.mjs';

const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'));

for (const { group: name, count, sha256, first } of vectors.arithmetic) {
  test(`${name}: ${count} random pairs of scalars give the same elements in Rust and here`, async () => {
    const group = groupNamed(name);
    const random = seededRandom(`arithmetic ${name}`);
    const gPow = group.fixedBase(group.g);
    let lines = '';
    for (let i = 0; i < count; i++) {
      const [s, t] = await random.scalars(group.q, 2);
      const a = gPow(s);
      const b = group.pow(a, t);
      const texts = group.encodeAll([a, b, group.mul(a, b)]);
      for (const text of texts) assert.equal(group.encode(group.decode(text)), text);
      lines += `${s} ${t} ${texts.join(' ')}\n`;
    }
    assert.equal(lines.slice(0, lines.indexOf('\n')), first);
    assert.equal(createHash('sha256').update(lines).digest('hex'), sha256);
  });
}

for (const { name, seed, election: text, fingerprint, code, credential, choices, bytes, tracker } of vectors.ballots) {
  test(`${seed}: the same randomness makes the same ballot, byte for byte, in Rust and here`, async () => {
    const election = await readElection(text);
    assert.equal(election.fingerprint, fingerprint);
    assert.equal((await deriveCredential(election, code)).publicText, credential);
    const made = await makeBallot(election, code, choices, { random: seededRandom(seed) });
    assert.equal(made.ballot.length, bytes, name);
    assert.equal(made.tracker, tracker);
    assert.equal((await verifyBallot(election, made.ballot)).tracker, tracker);
  });
}
