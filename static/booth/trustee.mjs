// A trustee's own steps: a single key, a shuffle, a partial decryption (specification 4.5, 4.17, 4.18).
// The steps of a threshold key are in ceremony.mjs.

import { canonicalJson, challenge } from './hash.mjs';
import { shuffle } from './mixnet.mjs';
import { proofJson, proveKnowledge } from './proofs.mjs';
import { hedgedRandom } from './random.mjs';

/** Public key g^x with its proof of knowledge: { pok, public_key }. */
export async function publicKeyWithProof(group, gPow, secret, random) {
  const text = group.encode(gPow(secret));
  return { pok: await proveKnowledge(group, gPow, secret, `pok|${group.name}|${text}|`, random), public_key: text };
}

/** Makes a single trustee's key. Returns { privateKey (decimal), publicKey (object to submit) }. */
export async function makeSingleKey(group, { random } = {}) {
  const source = random ?? (await hedgedRandom('single trustee key'));
  const secret = await source.scalar(group.q);
  const publicKey = await publicKeyWithProof(group, group.fixedBase(group.g), secret, source);
  return { privateKey: String(secret), publicKey };
}

/**
 * Shuffles the ciphertexts of every ranked question. `state` is the outcome of auditArchive.
 * Returns the text of the shuffle object.
 */
export async function makeShuffle(state, { random, progress = () => {} } = {}) {
  const { election, tally } = state;
  const source = random ?? (await hedgedRandom(`shuffle|${election.fingerprint}|${state.head}`));
  const ranked = tally.filter((_, i) => election.questions[i].kind === 'nonHomomorphic');
  const ciphertexts = [];
  const proofs = [];
  for (const [k, input] of ranked.entries()) {
    const report = (done, total) => progress(k * total + done, ranked.length * total);
    const { texts, proof } = await shuffle(election, input, source, report);
    ciphertexts.push(texts);
    proofs.push(proof);
  }
  return canonicalJson({ ciphertexts, proofs });
}

/**
 * Decrypts the tally with one trustee's secret (a decimal text). Returns the text of the partial decryption object.
 * The caller has run auditArchive: what is decrypted here must be the tally of all recorded ballots and nothing else.
 */
export async function makePartialDecryption(state, privateKey, { random, progress = () => {} } = {}) {
  const { election, tally } = state;
  const { group, gPow, fingerprint } = election;
  const secret = group.decodeScalar(privateKey);
  const source = random ?? (await hedgedRandom(`decrypt|${fingerprint}|${state.head}|${privateKey}`));
  const prefix = `decrypt|${fingerprint}|${group.encode(gPow(secret))}|`;
  const total = tally.reduce((sum, ciphertexts) => sum + ciphertexts.length, 0);
  let done = 0;
  const factors = [];
  const proofs = [];
  for (const ciphertexts of tally) {
    const factorRow = [];
    const proofRow = [];
    for (const { alpha } of ciphertexts) {
      const w = await source.scalar(group.q);
      const factor = group.pow(alpha, secret);
      const c = await challenge(group, prefix, [gPow(w), group.pow(alpha, w)]);
      factorRow.push(group.encode(factor));
      proofRow.push(proofJson(c, group.scalar(w - secret * c)));
      progress(++done, total);
    }
    factors.push(factorRow);
    proofs.push(proofRow);
  }
  return canonicalJson({ decryption_factors: factors, decryption_proofs: proofs });
}
