// Proofs of knowledge of a discrete logarithm: the Schnorr form that the protocol uses for trustee keys ("pok"),
// ballot signatures ("sig"), trustee messages ("sigmsg") and, with a second base, decryption ("decrypt").

import { challenge, ensure } from './hash.mjs';

/** A proof as the protocol writes it. */
export function proofJson(challengeValue, response) {
  return { challenge: String(challengeValue), response: String(response) };
}

/** Refuses an object whose fields are not exactly `names`, in this order. */
export function expectFields(object, names, what) {
  const same =
    object !== null &&
    typeof object === 'object' &&
    !Array.isArray(object) &&
    Object.keys(object).join() === names.join();
  ensure(same, 'fields', `The ${what} does not have the expected fields.`);
  return object;
}

/** Reads a proof: { c, r } as integers. */
export function readProof(group, object) {
  expectFields(object, ['challenge', 'response'], 'proof');
  return { c: group.decodeScalar(object.challenge), r: group.decodeScalar(object.response) };
}

/** Proves knowledge of x in X = g^x; challenge = hash(prefix, [g^w]), response = w - x c. */
export async function proveKnowledge(group, gPow, secret, prefix, random) {
  const w = await random.scalar(group.q);
  const c = await challenge(group, prefix, [gPow(w)]);
  return proofJson(c, group.scalar(w - secret * c));
}

/** Tells whether a proof of knowledge of log X under `prefix` is valid. */
export async function knows(group, gPow, element, prefix, proof) {
  const { c, r } = readProof(group, proof);
  const commitment = group.mul(gPow(r), group.pow(element, c));
  return (await challenge(group, prefix, [commitment])) === c;
}
