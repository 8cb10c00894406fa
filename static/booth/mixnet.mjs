// Shuffle of the ballots of a ranked question and its proof (Terelius and Wikström, as in CHVote 1.3.2;
// specification section 6, whose letters are used here).
//
// The prover's commitment chain c^_i = g^r^_i c^_(i-1)^u'_i is kept as exponents of g and h, so all its powers have
// a fixed base. Order of randomness: the permutation (one draw per position), r', r, r^, w1..w4, w^, w'.

import { ensure, hashToInteger, sha256Hex } from './hash.mjs';

const list = (texts) => texts.map((text) => text + ',').join('');

/** Permutation commitments need one generator per ballot of which nobody knows a logarithm. */
async function generators(group, n) {
  const h = await group.independentGenerator(-1);
  const hs = [];
  for (let i = 0; i < n; i++) hs.push(await group.independentGenerator(i));
  const texts = group.encodeAll([group.one, group.g, h, ...hs]);
  ensure(new Set(texts).size === texts.length, 'generators', 'The generators of the shuffle repeat.');
  return { h, hs };
}

/** The challenges u_0 .. u_(N-1). Hashes are joined as hexadecimal text. */
async function permutationChallenges(group, fingerprint, strc, n) {
  const seed = await sha256Hex(`shuffle-challenges|${fingerprint}|${strc}`);
  const us = [];
  for (let i = 0; i < n; i++) us.push((await hashToInteger(seed + (await sha256Hex(String(i))))) % group.q);
  return us;
}

const flat = (ciphertexts) => ciphertexts.flatMap(({ alpha, beta }) => [alpha, beta]);

/** A uniformly random permutation of 0 .. n-1 (specification, table 2). */
async function randomPermutation(n, random) {
  const rest = Array.from({ length: n }, (_, i) => i);
  const permutation = [];
  for (let i = 0; i < n; i++) {
    const k = i + Number(await random.scalar(BigInt(n - i)));
    permutation.push(rest[k]);
    rest[k] = rest[i];
  }
  return permutation;
}

/**
 * Shuffles and re-encrypts ciphertexts [{ alpha, beta }] (elements). `progress(done, total)` counts ballots.
 * Returns { output, texts, proof }: elements, their JSON, and the proof as JSON.
 */
export async function shuffle(election, input, random, progress = () => {}) {
  const { group, gPow, yPow, yText, fingerprint } = election;
  const { q } = group;
  const n = input.length;
  const psi = await randomPermutation(n, random);
  const rPrime = await random.scalars(q, n);
  const fresh = input.map(({ alpha, beta }, i) => {
    if (i % 64 === 0) progress(i, 4 * n);
    return { alpha: group.mul(alpha, gPow(rPrime[i])), beta: group.mul(beta, yPow(rPrime[i])) };
  });
  const output = psi.map((i) => fresh[i]);

  const { h, hs } = await generators(group, n);
  progress(2 * n, 4 * n);
  const r = await random.scalars(q, n);
  const c = new Array(n);
  psi.forEach((j, i) => (c[j] = group.mul(gPow(r[j]), hs[i])));
  const outputTexts = group.encodeAll(flat(output));
  const cTexts = group.encodeAll(c);
  const strc = list(group.encodeAll(flat(input))) + list(outputTexts) + list(cTexts);
  const u = await permutationChallenges(group, fingerprint, strc, n);
  const uPrime = psi.map((i) => u[i]);

  // c^_i = g^a_i h^b_i, starting from c^_0 = h.
  const hPow = group.fixedBase(h);
  const rHat = await random.scalars(q, n);
  const a = [0n];
  const b = [1n];
  uPrime.forEach((e, i) => {
    a.push((rHat[i] + a[i] * e) % q);
    b.push((b[i] * e) % q);
  });
  const cHat = uPrime.map((_, i) => group.mul(gPow(a[i + 1]), hPow(b[i + 1])));
  progress(3 * n, 4 * n);

  const [w1, w2, w3, w4] = await random.scalars(q, 4);
  const wHat = await random.scalars(q, n);
  const wPrime = await random.scalars(q, n);
  const t = [
    gPow(w1),
    gPow(w2),
    group.mul(gPow(w3), group.productOfPowers(hs, wPrime)),
    group.mul(yPow(-w4), group.productOfPowers(output.map(({ beta }) => beta), wPrime)),
    group.mul(gPow(-w4), group.productOfPowers(output.map(({ alpha }) => alpha), wPrime)),
  ];
  const tHat = wPrime.map((w, i) => group.mul(gPow(wHat[i] + a[i] * w), hPow(b[i] * w)));

  const [tTexts, tHatTexts, cHatTexts] = [t, tHat, cHat].map((elements) => group.encodeAll(elements));
  const ch =
    (await hashToInteger(
      `shuffle-challenge|${fingerprint}|${list(tTexts)}${list(tHatTexts)}${strc}${list(cHatTexts)}${yText}`,
    )) % q;

  const v = new Array(n).fill(1n);
  for (let i = n - 2; i >= 0; i--) v[i] = (uPrime[i + 1] * v[i + 1]) % q;
  const dot = (xs, ys) => xs.reduce((sum, x, i) => (sum + x * ys[i]) % q, 0n);
  const ones = new Array(n).fill(1n);
  const s = [w1 + ch * dot(r, ones), w2 + ch * dot(rHat, v), w3 + ch * dot(r, u), w4 + ch * dot(rPrime, u)];
  const text = (value) => String(group.scalar(value));
  progress(4 * n, 4 * n);
  return {
    output,
    texts: output.map((_, i) => ({ alpha: outputTexts[2 * i], beta: outputTexts[2 * i + 1] })),
    proof: [
      [tTexts[0], tTexts[1], tTexts[2], [tTexts[3], tTexts[4]], tHatTexts],
      [...s.map(text), wHat.map((w, i) => text(w + ch * rHat[i])), wPrime.map((w, i) => text(w + ch * uPrime[i]))],
      cTexts,
      cHatTexts,
    ],
  };
}

/** Refuses anything but an array of n values. */
function expectArray(value, n) {
  ensure(Array.isArray(value) && value.length === n, 'shuffle', 'A shuffle proof has the wrong shape.');
  return value;
}

/** Verifies the proof that `output` is a shuffle of `input` (both [{ alpha, beta }] of checked elements). */
export async function verifyShuffle(election, input, output, proof) {
  const { group, gPow, yPow, yText, fingerprint } = election;
  const n = input.length;
  expectArray(output, n);
  const [tPart, sPart, cTexts, cHatTexts] = expectArray(proof, 4);
  const [t1Text, t2Text, t3Text, t4Texts, tHatTexts] = expectArray(tPart, 5);
  const tTexts = [t1Text, t2Text, t3Text, ...expectArray(t4Texts, 2)];
  const [s1Text, s2Text, s3Text, s4Text, sHatTexts, sPrimeTexts] = expectArray(sPart, 6);
  const decodeAll = (texts, size) => expectArray(texts, size).map((text) => group.decode(text));
  const [t, tHat, c, cHat] = [
    decodeAll(tTexts, 5),
    decodeAll(tHatTexts, n),
    decodeAll(cTexts, n),
    decodeAll(cHatTexts, n),
  ];
  const [s1, s2, s3, s4] = [s1Text, s2Text, s3Text, s4Text].map((text) => group.decodeScalar(text));
  const sHat = expectArray(sHatTexts, n).map((text) => group.decodeScalar(text));
  const sPrime = expectArray(sPrimeTexts, n).map((text) => group.decodeScalar(text));

  const { h, hs } = await generators(group, n);
  const strc = list(group.encodeAll(flat(input))) + list(group.encodeAll(flat(output))) + list(cTexts);
  const u = await permutationChallenges(group, fingerprint, strc, n);
  const ch =
    (await hashToInteger(
      `shuffle-challenge|${fingerprint}|${list(tTexts)}${list(tHatTexts)}${strc}${list(cHatTexts)}${yText}`,
    )) % group.q;

  const power = (bases, exponents) => group.productOfPowers(bases, exponents);
  const times = (...elements) => group.product(elements);
  const of = (ciphertexts, name) => ciphertexts.map((ciphertext) => ciphertext[name]);
  const cBar = group.div(group.product(c), group.product(hs));
  const uProduct = u.reduce((x, y) => (x * y) % group.q, 1n);
  const cHatEnd = group.div(n > 0 ? cHat[n - 1] : h, group.pow(h, uProduct));
  const equal = (x, y) => ensure(group.equals(x, y), 'shuffle', 'A shuffle proof is wrong.');
  equal(t[0], times(group.pow(cBar, -ch), gPow(s1)));
  equal(t[1], times(group.pow(cHatEnd, -ch), gPow(s2)));
  equal(t[2], times(group.pow(power(c, u), -ch), gPow(s3), power(hs, sPrime)));
  equal(t[3], times(group.pow(power(of(input, 'beta'), u), -ch), yPow(-s4), power(of(output, 'beta'), sPrime)));
  equal(t[4], times(group.pow(power(of(input, 'alpha'), u), -ch), gPow(-s4), power(of(output, 'alpha'), sPrime)));
  for (let i = 0; i < n; i++) {
    const previous = i === 0 ? h : cHat[i - 1];
    equal(tHat[i], times(group.pow(cHat[i], -ch), gPow(sHat[i]), group.pow(previous, sPrime[i])));
  }
}
