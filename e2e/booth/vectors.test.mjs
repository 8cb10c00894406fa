// The booth's side of e2e/booth/vectors.json, which crates/ballot/tests/booth_vectors.rs makes; and ceremony.json, which
// is made here and replayed there. `FOLKMOOT_WRITE_VECTORS=1 node --test e2e/booth/vectors.test.mjs` writes it anew.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { deriveCredential, makeBallot, readElection } from '../../static/booth/belenios.mjs';
import {
  makeCertificate,
  makePolynomial,
  makeReveal,
  makeVoutput,
  newSeed,
  openCeremony,
  openShare,
  sealForSelf,
} from '../../static/booth/ceremony.mjs';
import { groupNamed } from '../../static/booth/group.mjs';
import { verifyReceipt } from '../../static/booth/receipt.mjs';
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

for (const { key, origin, tracker, index, size, receipt } of vectors.receipts) {
  test(`the server's receipt for event ${index} of ${size} is accepted`, async () => {
    const verified = await verifyReceipt(receipt, { verifierKey: key, origin, tracker });
    assert.deepEqual([verified.index, verified.size], [index, size]);
    await assert.rejects(verifyReceipt(receipt, { verifierKey: key, origin, tracker: tracker.replace(/.$/, '~') }), { code: 'receipt_tracker' });
  });
}

test('a ceremony of Rust trustees is accepted here, each share opened and made again', async () => {
  const { group: name, seeds, certs, commitments, vinputs, voutputs } = vectors.ceremony;
  const group = groupNamed(name);
  for (const [i, seed] of seeds.entries()) {
    const me = await openCeremony({ group: name, size: 3, threshold: 2, index: i + 1 }, seed);
    const own = await makeVoutput(me, certs, vinputs[i], commitments);
    assert.equal(own.public_key.public_key, voutputs[i].public_key.public_key);
    const share = await openShare(me, voutputs[i].private_key);
    assert.equal(group.encode(group.pow(group.g, BigInt(share))), voutputs[i].public_key.public_key);
  }
});

test('the ceremony that the Rust tests replay is the one made here', async () => {
  const random = seededRandom('browser ceremony');
  const options = { random };
  const members = [];
  for (const index of [1, 2, 3]) {
    members.push(await openCeremony({ group: 'Ed25519', size: 3, threshold: 2, index }, await newSeed(options)));
  }
  const each = async (make) => {
    const all = [];
    for (const [i, me] of members.entries()) all.push(await make(me, i));
    return all;
  };
  const certs = await each((me) => makeCertificate(me, options));
  const made = await each((me) => makePolynomial(me, certs, options));
  const commitments = made.map(({ commitment }) => commitment);
  const sealed = await each((me, i) => sealForSelf(me, JSON.stringify(made[i].polynomial), options));
  const polynomials = (await each((me, i) => makeReveal(me, sealed[i], commitments, options))).map(({ polynomial }) => polynomial);
  const vinput = (j) => ({
    polynomial: polynomials[j].polynomial,
    secrets: polynomials.map(({ secrets }) => secrets[j]),
    coefexps: polynomials.map(({ coefexps }) => coefexps),
  });
  const voutputs = await each((me, j) => makeVoutput(me, certs, vinput(j), commitments, options));
  const seeds = members.map(({ seed }) => seed);
  const text = JSON.stringify({ seeds, certs, commitments, polynomials, voutputs }, null, 1) + '\n';
  const file = new URL('./ceremony.json', import.meta.url);
  if (process.env.FOLKMOOT_WRITE_VECTORS) writeFileSync(file, text);
  assert.ok(readFileSync(file, 'utf8') === text, 'e2e/booth/ceremony.json is not what this code makes');
});
