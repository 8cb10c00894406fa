// Making a ballot: Belenios protocol version 1, sections 4.8 to 4.15 of the specification.
//
// The prover knows the randomness r of every ciphertext (g^r, y^r g^m), so the commitments of simulated proof
// branches, g^s alpha^c and y^s (beta/g^M)^c, are computed as g^(s + r c) and y^(s + r c) g^((m - M) c): every
// exponentiation of a ballot has the base g or y and goes through a precomputed table.
//
// Order in which randomness is used (tests elsewhere replay it):
//   for each question in turn
//     homomorphic: r of each choice in turn (the blank flag first); for each choice its individual proof;
//       then the blank proof if there is one; then the overall proof
//     non-homomorphic: r; then w of the proof
//   last, w of the signature.
//   A proof of several branches takes, for each branch in turn, challenge and response if it is simulated,
//   and at the end w for the true branch (the first that is true).

import { canonicalJson, challenge, fingerprint, ensure, parseCanonical, sha256Hex } from './hash.mjs';
import { groupNamed } from './group.mjs';
import { proofJson, proveKnowledge } from './proofs.mjs';
import { hedgedRandom } from './random.mjs';

const BASE58 = '[1-9A-HJ-NP-Za-km-z]';
const CREDENTIAL = new RegExp(`^${BASE58}{5}-${BASE58}{6}-${BASE58}{5}-${BASE58}{6}$`);
const UUID = new RegExp(`^${BASE58}{14,64}$`);
const MAX_ANSWERS = 10_000;

/**
 * Reads an election object. `text` must be the exact text of the archive: its hash is the election fingerprint to
 * which every proof is bound. Returns the election with its group, key, questions and tables for g and y.
 */
export async function readElection(text) {
  const object = parseCanonical(text, 'election');
  ensure(object.version === 1, 'version', 'This election uses another version of the protocol.');
  ensure(UUID.test(object.uuid), 'uuid', 'The election identifier is malformed.');
  ensure(Array.isArray(object.questions) && object.questions.length > 0, 'questions', 'The election has no questions.');
  const group = groupNamed(object.group);
  const y = group.decodeKey(object.public_key);
  return {
    text,
    uuid: object.uuid,
    name: object.name,
    description: object.description,
    group,
    y,
    yText: object.public_key,
    fingerprint: await fingerprint(text),
    questions: object.questions.map(readQuestion),
    gPow: group.fixedBase(group.g),
    yPow: group.fixedBase(y),
  };
}

/** { kind: 'homomorphic', answers, question, blank, min, max } or { kind: 'nonHomomorphic', answers, question, extra }. */
function readQuestion(object) {
  const homomorphic = object.type === undefined;
  ensure(homomorphic || object.type === 'NonHomomorphic', 'question', 'A question has an unsupported type.');
  const { answers, question, blank = false, min, max } = homomorphic ? object : object.value;
  ensure(
    Array.isArray(answers) && answers.length > 0 && answers.length <= MAX_ANSWERS,
    'question',
    'A question has no answers or too many.',
  );
  if (!homomorphic) return { kind: 'nonHomomorphic', answers, question, extra: object.extra };
  ensure(
    Number.isInteger(min) && Number.isInteger(max) && 0 <= min && min <= max && max <= answers.length,
    'question',
    'The limits of a question are inconsistent.',
  );
  return { kind: 'homomorphic', answers, question, blank, min, max };
}

/** Tells whether a text has the form of a voting code, XXXXX-XXXXXX-XXXXX-XXXXXX in base 58. */
export function isCredential(text) {
  return CREDENTIAL.test(text);
}

/** Secret scalar and public text of a voting code for an election. */
export async function deriveCredential(election, credential) {
  ensure(isCredential(credential), 'credential', 'The voting code is not complete.');
  const digests = [0, 1].map((i) => sha256Hex(`derive_credential|${election.uuid}|${i}|${credential}`));
  const secret = BigInt('0x' + (await Promise.all(digests)).join('')) % election.group.q;
  const publicText = election.group.encode(election.gPow(secret));
  return { secret, publicText };
}

/**
 * Proves that at least one of the statements "(g^r, y^r g^shift) encrypts zero" is true.
 * statements: [{ r, shift }], true where shift = 0. Returns one proof per statement; their challenges add up to
 * hash(prefix, [A0, B0, A1, B1, ...]).
 */
async function proveOneOf(election, statements, prefix, random) {
  const { group, gPow, yPow } = election;
  const { q } = group;
  const trueIndex = statements.findIndex(({ shift }) => shift === 0);
  ensure(trueIndex >= 0, 'choice', 'These choices are not allowed by the question.');
  const values = await random.scalars(q, 2 * statements.length - 1);
  const w = values[values.length - 1];
  const proofs = [];
  const commitments = [];
  let total = 0n;
  let used = 0;
  for (const [j, { r, shift }] of statements.entries()) {
    if (j === trueIndex) {
      commitments.push(gPow(w), yPow(w));
      proofs.push(null);
      continue;
    }
    const c = values[used++];
    const response = values[used++];
    const e = response + r * c;
    commitments.push(gPow(e), group.mul(yPow(e), gPow(BigInt(shift) * c)));
    proofs.push(proofJson(c, response));
    total += c;
  }
  const c = group.scalar((await challenge(group, prefix, commitments)) - total);
  proofs[trueIndex] = proofJson(c, group.scalar(w - statements[trueIndex].r * c));
  return proofs;
}

/** Answer to a homomorphic question; `plain` has one 0 or 1 per answer, preceded by the blank flag if the question has one. */
async function answerHomomorphic(election, question, s0, plain, random) {
  const { group, gPow, yPow } = election;
  const { min, max, blank, answers } = question;
  ensure(plain.length === answers.length + (blank ? 1 : 0), 'choice', 'The number of choices does not fit the question.');
  ensure(plain.every((m) => m === 0 || m === 1), 'choice', 'A choice is neither 0 nor 1.');

  const rs = await random.scalars(group.q, plain.length);
  const elements = plain.flatMap((m, i) => [gPow(rs[i]), m === 0 ? yPow(rs[i]) : group.mul(yPow(rs[i]), group.g)]);
  const texts = group.encodeAll(elements);
  const choices = plain.map((_, i) => ({ alpha: texts[2 * i], beta: texts[2 * i + 1] }));

  const individual = [];
  for (const [i, m] of plain.entries()) {
    const prefix = `prove|${s0}|${choices[i].alpha},${choices[i].beta}|`;
    const statements = [0, 1].map((value) => ({ r: rs[i], shift: m - value }));
    individual.push(await proveOneOf(election, statements, prefix, random));
  }

  const s = `${s0}|${texts.join(',')}`;
  const first = blank ? 1 : 0;
  const rSum = group.scalar(rs.slice(first).reduce((a, b) => a + b, 0n));
  const mSum = plain.slice(first).reduce((a, b) => a + b, 0);
  const counts = Array.from({ length: max - min + 1 }, (_, j) => ({ r: rSum, shift: mSum - (min + j) }));
  const answer = { choices, individual_proofs: individual };
  if (blank) {
    const flag = { r: rs[0], shift: plain[0] };
    const blankProof = await proveOneOf(election, [flag, { r: rSum, shift: mSum }], `bproof0|${s}|`, random);
    const isBlank = { r: rs[0], shift: plain[0] - 1 };
    answer.overall_proof = await proveOneOf(election, [isBlank, ...counts], `bproof1|${s}|`, random);
    answer.blank_proof = blankProof;
  } else {
    const alpha = group.product(elements.filter((_, i) => i % 2 === 0));
    const beta = group.product(elements.filter((_, i) => i % 2 === 1));
    const prefix = `prove|${s}|${group.encodeAll([alpha, beta]).join(',')}|`;
    answer.overall_proof = await proveOneOf(election, counts, prefix, random);
  }
  return answer;
}

/** Answer to a non-homomorphic question; `plain` has one integer 0..255 per answer (a rank or a grade). */
async function answerNonHomomorphic(election, question, s0, plain, random) {
  const { group, gPow, yPow } = election;
  ensure(plain.length === question.answers.length, 'choice', 'The number of choices does not fit the question.');
  const [r, w] = await random.scalars(group.q, 2);
  const [alpha, beta] = group.encodeAll([gPow(r), group.mul(yPow(r), group.embed(plain))]);
  const prefix = `raweg|${s0}|${election.yText},${alpha},${beta}|`;
  const c = await challenge(group, prefix, [gPow(w)]);
  return { choices: { alpha, beta }, proof: proofJson(c, group.scalar(w - r * c)) };
}

/**
 * Seals a ballot. `choices` has one array per question as described at the two functions above.
 * Options: `random` replaces the source of randomness (tests only); `progress(done, total)` is called after each question.
 * Returns { ballot, tracker, credential }: the exact text to cast, its tracker, and the public credential.
 */
export async function makeBallot(election, credential, choices, { random, progress = () => {} } = {}) {
  ensure(choices.length === election.questions.length, 'choice', 'Not every question has an answer.');
  const { secret, publicText } = await deriveCredential(election, credential);
  const source = random ?? (await hedgedRandom(`${election.fingerprint}|${credential}|${JSON.stringify(choices)}`));
  const s0 = `${election.fingerprint}|${publicText}`;
  const answers = [];
  for (const [i, question] of election.questions.entries()) {
    const answer = question.kind === 'homomorphic' ? answerHomomorphic : answerNonHomomorphic;
    answers.push(await answer(election, question, s0, choices[i], source));
    progress(i + 1, election.questions.length);
  }
  const unsigned = {
    election_uuid: election.uuid,
    election_hash: election.fingerprint,
    credential: publicText,
    answers,
  };
  const signature = await signBallot(election, secret, unsigned, source);
  const ballot = canonicalJson({ ...unsigned, signature });
  return { ballot, tracker: await fingerprint(ballot), credential: publicText };
}

async function signBallot(election, secret, unsigned, random) {
  const hash = await fingerprint(canonicalJson(unsigned));
  return { hash, proof: await proveKnowledge(election.group, election.gPow, secret, `sig|${hash}|`, random) };
}
