// A trustee's steps in making a threshold key (Pedersen; specification 4.6, in the form of release 3.x):
//
//   1. certificate   own keys for signing and for private messages
//   2. commitment    the hash of one's polynomial commitments, published before anybody reveals theirs
//   3. polynomial    commitments and one sealed value for each trustee
//   4. voutput       after checking everybody: own share of the key, sealed to oneself, and its public half
//
// Step 2 is not part of the archive. It stops the last trustee from choosing a polynomial that biases the key.
// All secrets of one trustee follow from a seed of 22 characters, so a key file needs to hold nothing else.
// The sealed polynomial of step 3 is made together with the commitment of step 2 and kept by the server, sealed.

import { etc } from './noble-ed25519.js';
import { bytesOf, canonicalJson, ensure, hashToInteger, hex, parseCanonical, sha256, sha256Hex } from './hash.mjs';
import { groupNamed } from './group.mjs';
import { expectFields, proveKnowledge } from './proofs.mjs';
import { hedgedRandom } from './random.mjs';
import { publicKeyWithProof } from './trustee.mjs';
import { certificatesMessage, checkCertificates, checkCoefexps, memberKey, openSigned } from './verify.mjs';

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** A fresh seed: 22 base-58 characters, each drawn without bias. */
export async function newSeed({ random } = {}) {
  const source = random ?? (await hedgedRandom('threshold trustee seed'));
  let seed = '';
  while (seed.length < 22) {
    for (const byte of await source.bytes(32)) if (byte < 232 && seed.length < 22) seed += BASE58[byte % 58];
  }
  return seed;
}

/**
 * One trustee's view of a ceremony. `context` = { group, size, threshold, index } (index from 1).
 * Holds the keys that follow from the seed.
 */
export async function openCeremony(context, seed) {
  const { size, threshold, index } = context;
  const sane = [size, threshold, index].every(Number.isInteger) && 1 <= index && index <= size && 1 <= threshold && threshold <= size;
  ensure(sane && size <= 100, 'ceremony', 'The size of this ceremony is impossible.');
  ensure(/^[1-9A-HJ-NP-Za-km-z]{22}$/.test(seed), 'ceremony', 'The seed of the key is malformed.');
  const group = groupNamed(context.group);
  const gPow = group.fixedBase(group.g);
  const [sk, dk] = [(await hashToInteger('sk|' + seed)) % group.q, (await hashToInteger('dk|' + seed)) % group.q];
  const [verification, encryption] = group.encodeAll([gPow(sk), gPow(dk)]);
  return { context, group, gPow, seed, sk, dk, verification, encryption };
}

async function sign(me, message, random) {
  return { message, signature: await proveKnowledge(me.group, me.gPow, me.sk, `sigmsg|${message}|`, random) };
}

/** Step 1: the signed certificate to submit. */
export async function makeCertificate(me, { random } = {}) {
  const source = random ?? (await hedgedRandom('certificate|' + me.seed));
  const { group, size, threshold, index } = me.context;
  const context = { group, size, threshold, index };
  return sign(me, canonicalJson({ context, verification: me.verification, encryption: me.encryption }), source);
}

/** Checks the certificates of all trustees and that one's own is among them, unchanged. */
async function checkAll(me, certs) {
  const { size, threshold, index } = me.context;
  ensure(Array.isArray(certs) && certs.length === size, 'ceremony', 'Not all certificates are there.');
  const keys = await checkCertificates(me.group, me.gPow, threshold, certs);
  const own = me.group.encodeAll([keys[index - 1].verification, keys[index - 1].encryption]);
  ensure(own[0] === me.verification && own[1] === me.encryption, 'ceremony', 'Your own certificate was replaced.');
  return keys;
}

// ---- private messages (specification 4.6.1 and 4.6.3, with AES-GCM as in 3.1 and later)

async function symmetricKey(shared, alpha, usage) {
  const key = await crypto.subtle.importKey('raw', await sha256('key|' + shared), 'AES-GCM', false, [usage]);
  return [{ name: 'AES-GCM', iv: await sha256('iv|' + alpha) }, key];
}

/** Signs `message` for a recipient and encrypts it to them: the text of an encrypted_msg. */
async function send(me, recipient, message, random) {
  const { group, gPow } = me;
  const recipientText = group.encode(recipient);
  const signed = await sign(me, canonicalJson({ recipient: recipientText, message }), random);
  const [r, s] = await random.scalars(group.q, 2);
  const [alpha, shared, beta] = group.encodeAll([gPow(r), gPow(s), group.mul(group.pow(recipient, r), gPow(s))]);
  const [algorithm, key] = await symmetricKey(shared, alpha, 'encrypt');
  const data = await crypto.subtle.encrypt(algorithm, key, bytesOf(canonicalJson(signed)));
  return canonicalJson({ algorithm: 'AES-GCM', alpha, beta, data: hex(new Uint8Array(data)) });
}

/** Opens a private message from the holder of `sender` (a verification key). */
async function receive(me, sender, text) {
  const { group, gPow } = me;
  const sealed = expectFields(parseCanonical(text, 'private message'), ['algorithm', 'alpha', 'beta', 'data'], 'private message');
  const [alpha, beta] = [group.decode(sealed.alpha), group.decode(sealed.beta)];
  const shared = group.encode(group.div(beta, group.pow(alpha, me.dk)));
  const [algorithm, key] = await symmetricKey(shared, sealed.alpha, 'decrypt');
  ensure(sealed.algorithm === 'AES-GCM' && /^([0-9a-f]{2})+$/.test(sealed.data), 'message', 'A private message is malformed.');
  let plain;
  try {
    plain = await crypto.subtle.decrypt(algorithm, key, etc.hexToBytes(sealed.data));
  } catch {
    ensure(false, 'message', 'A private message cannot be opened with this key.');
  }
  const signed = parseCanonical(new TextDecoder().decode(plain), 'private message');
  const content = await openSigned(group, gPow, sender, signed, 'private message');
  expectFields(content, ['recipient', 'message'], 'private message');
  ensure(content.recipient === me.encryption, 'message', 'A private message was meant for somebody else.');
  return content.message;
}

// ---- polynomials

/** The commitment to a polynomial: SHA-256 of the message in its `coefexps`, in hexadecimal. */
export function polynomialCommitment(polynomial) {
  return sha256Hex(polynomial.coefexps.message);
}

/**
 * Steps 2 and 3. Returns { commitment, polynomial }; the polynomial is submitted only when all commitments are in.
 * polynomial = { polynomial, secrets, coefexps, signature }.
 */
export async function makePolynomial(me, certs, { random } = {}) {
  const keys = await checkAll(me, certs);
  const { group, gPow } = me;
  const { threshold, size } = me.context;
  const source = random ?? (await hedgedRandom('polynomial|' + me.seed + canonicalJson(certs)));
  const coefficients = await source.scalars(group.q, threshold);
  const exponents = group.encodeAll(coefficients.map((a) => gPow(a)));
  const own = keys[me.context.index - 1].encryption;
  const text = canonicalJson({ polynomial: coefficients.map(String) });
  const polynomial = { polynomial: await send(me, own, text, source), secrets: [] };
  for (let j = 1; j <= size; j++) {
    const secret = coefficients.reduceRight((sum, a) => (sum * BigInt(j) + a) % group.q, 0n);
    const message = canonicalJson({ secret: String(secret) });
    polynomial.secrets.push(await send(me, keys[j - 1].encryption, message, source));
  }
  polynomial.coefexps = await sign(me, canonicalJson({ coefexps: exponents }), source);
  const message = certificatesMessage(certs, exponents);
  polynomial.signature = (await sign(me, message, source)).signature;
  return { commitment: await polynomialCommitment(polynomial), polynomial };
}

/**
 * Step 4. `vinput` = { polynomial, secrets, coefexps }: one's own sealed polynomial, the values sealed for oneself
 * and everybody's commitments; `commitments` the hashes of step 2. Checks all of it and returns
 * { private_key, public_key } to submit. Throws naming the trustee whose part is wrong.
 */
export async function makeVoutput(me, certs, vinput, commitments, { random } = {}) {
  const keys = await checkAll(me, certs);
  const { group, gPow } = me;
  const { threshold, size, index } = me.context;
  expectFields(vinput, ['polynomial', 'secrets', 'coefexps'], 'input of the last step');
  for (const list of [vinput.secrets, vinput.coefexps, commitments]) {
    ensure(Array.isArray(list) && list.length === size, 'ceremony', 'Not all contributions are there.');
  }
  const polynomials = [];
  let share = 0n;
  for (let i = 0; i < size; i++) {
    const { verification } = keys[i];
    const committed = (await sha256Hex(vinput.coefexps[i].message)) === commitments[i];
    ensure(committed, 'ceremony', `Trustee ${i + 1} revealed something else than they had committed to.`);
    const coefficients = await checkCoefexps(group, gPow, verification, threshold, vinput.coefexps[i]);
    const opened = parseCanonical(await receive(me, verification, vinput.secrets[i]), 'secret');
    const secret = group.decodeScalar(expectFields(opened, ['secret'], 'secret').secret);
    const fits = group.equals(gPow(secret), memberKey(group, [coefficients], index));
    ensure(fits, 'ceremony', `The value that trustee ${i + 1} sealed for you does not fit their commitments.`);
    polynomials.push(coefficients);
    share = group.scalar(share + secret);
  }
  const kept = parseCanonical(await receive(me, keys[index - 1].verification, vinput.polynomial), 'polynomial');
  const published = group.encodeAll(polynomials[index - 1]).join();
  const unchanged = group.encodeAll(kept.polynomial.map((text) => gPow(group.decodeScalar(text)))).join() === published;
  ensure(unchanged, 'ceremony', 'Your own contribution was replaced.');
  const source = random ?? (await hedgedRandom('share|' + me.seed + canonicalJson(vinput)));
  const key = await publicKeyWithProof(group, gPow, share, source);
  key.signature = (await sign(me, key.public_key, source)).signature;
  const privateKey = await send(me, keys[index - 1].encryption, canonicalJson({ decryption_key: String(share) }), source);
  return { private_key: privateKey, public_key: key };
}

/** A text that only this trustee can open again, for the server to keep between two visits. */
export async function sealForSelf(me, text, { random } = {}) {
  const source = random ?? (await hedgedRandom('kept|' + me.seed + text));
  return send(me, me.group.decodeKey(me.encryption), text, source);
}

/** Opens what sealForSelf sealed; nobody else can have made it. */
export function openFromSelf(me, sealed) {
  return receive(me, me.group.decodeKey(me.verification), sealed);
}

/**
 * Step 3, on a later visit than step 2. `sealed` is the polynomial sealed for oneself, `commitments` everybody's.
 * Returns { polynomial, seen }; `seen` (sealed) remembers the commitments, so that they cannot be exchanged later.
 */
export async function makeReveal(me, sealed, commitments, options) {
  const { size, index } = me.context;
  ensure(Array.isArray(commitments) && commitments.length === size, 'ceremony', 'Not all commitments are there.');
  const polynomial = parseCanonical(await openFromSelf(me, sealed), 'polynomial');
  const own = (await polynomialCommitment(polynomial)) === commitments[index - 1];
  ensure(own, 'ceremony', 'Your own commitment was replaced.');
  return { polynomial, seen: await sealForSelf(me, canonicalJson(commitments), options) };
}

/** Refuses commitments other than those at the time of one's own reveal. */
export async function ensureSameCommitments(me, seen, commitments) {
  const same = (await openFromSelf(me, seen)) === canonicalJson(commitments);
  ensure(same, 'ceremony', 'Somebody’s commitment was exchanged after you revealed yours. Stop and tell the other trustees.');
}

/** On closing day: the private share (decimal text) from the sealed `private_key` of step 4. */
export async function openShare(me, privateKey) {
  const share = parseCanonical(await receive(me, me.group.decodeKey(me.verification), privateKey), 'share');
  const { decryption_key: text } = expectFields(share, ['decryption_key'], 'share');
  me.group.decodeScalar(text);
  return text;
}
