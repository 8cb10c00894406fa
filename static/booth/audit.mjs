// What a trustee's own machine checks before it uses the trustee's secret: the whole archive. Without this an
// operator could have a single ballot "tallied" and learn how somebody voted.

import { canonicalJson, ensure, parseCanonical } from './hash.mjs';
import { readArchive } from './archive.mjs';
import { readElection } from './belenios.mjs';
import { expectFields } from './proofs.mjs';
import { verifyShuffle } from './mixnet.mjs';
import { checkTrustees, readCiphertext, verifyBallot, verifyPartialDecryption } from './verify.mjs';

const isRanked = ({ kind }) => kind === 'nonHomomorphic';
const MAX_SMALL = 1073741823n;

/** Public credentials with their weights: Map from text to BigInt. */
function readCredentials(group, text) {
  const lines = parseCanonical(text, 'list of credentials');
  ensure(Array.isArray(lines), 'credentials', 'The list of credentials is malformed.');
  const weights = new Map();
  for (const line of lines) {
    const [, element, weight = '1'] = /^([0-9a-f]+)(?:,([1-9][0-9]{0,17}))?$/.exec(line) ?? [];
    ensure(element !== undefined && !weights.has(element), 'credentials', 'The list of credentials is malformed.');
    group.decodeKey(element);
    weights.set(element, BigInt(weight));
  }
  return weights;
}

/**
 * The encrypted tally of the last ballot of each credential. ballots: [{ credential, choices, texts }].
 * Returns { tally: elements, text, count, weight }.
 */
export function encryptedTally(election, ballots, weights) {
  const { group, questions } = election;
  const last = new Map();
  for (const ballot of ballots) last.set(ballot.credential, ballot);
  const counted = [...last.values()];
  const weighted = (ballot, element) => {
    const weight = weights.get(ballot.credential);
    return weight === 1n ? element : group.pow(element, weight);
  };
  const texts = [];
  const tally = questions.map((question, i) => {
    if (question.kind === 'nonHomomorphic') {
      const rows = counted.map((ballot) => ({ element: ballot.choices[i], text: ballot.texts[i] }));
      ensure(counted.every(({ credential }) => weights.get(credential) === 1n), 'weights', 'Ranked ballots cannot have weights.');
      rows.sort((a, b) => group.compare(a.text.alpha, b.text.alpha) || group.compare(a.text.beta, b.text.beta));
      texts.push(rows.map(({ text }) => text));
      return rows.map(({ element }) => element);
    }
    const size = question.answers.length + (question.blank ? 1 : 0);
    const row = Array.from({ length: size }, (_, j) => ({
      alpha: group.product(counted.map((ballot) => weighted(ballot, ballot.choices[i][j].alpha))),
      beta: group.product(counted.map((ballot) => weighted(ballot, ballot.choices[i][j].beta))),
    }));
    texts.push(row.map(({ alpha, beta }) => ({ alpha: group.encode(alpha), beta: group.encode(beta) })));
    return row;
  });
  const weight = counted.reduce((sum, { credential }) => sum + weights.get(credential), 0n);
  return { tally, text: canonicalJson(texts), count: counted.length, weight };
}

async function checkShuffle(state, object) {
  const { election, tally } = state;
  const { ciphertexts, proofs } = expectFields(parseCanonical(object, 'shuffle'), ['ciphertexts', 'proofs'], 'shuffle');
  const ranked = election.questions.flatMap(({ kind }, i) => (kind === 'nonHomomorphic' ? [i] : []));
  const shape = ranked.length > 0 && ciphertexts.length === ranked.length && proofs.length === ranked.length;
  ensure(shape, 'shuffle', 'A shuffle has the wrong shape.');
  for (const [k, i] of ranked.entries()) {
    const output = ciphertexts[k].map((ciphertext) => readCiphertext(election.group, ciphertext));
    await verifyShuffle(election, tally[i], output, proofs[k]);
    tally[i] = output;
  }
}

/** Owner number of a contribution, which must be new among `earlier`. */
function newOwner(state, objects, earlier) {
  const { owner } = JSON.parse(objects.owned);
  ensure(owner <= state.owners.length && !earlier.includes(owner), 'owner', 'A contribution is by nobody or by somebody twice.');
  earlier.push(owner);
  return state.owners[owner - 1];
}

const STEPS = {
  async Ballot(state, { ballot }) {
    const checked = await verifyBallot(state.election, ballot);
    ensure(state.weights.has(checked.credential), 'credentials', 'A ballot uses a credential that is not on the roll.');
    state.ballots.push(checked);
  },
  async EndBallots() {},
  async EncryptedTally(state, { tally, sized }) {
    const own = encryptedTally(state.election, state.ballots, state.weights);
    ensure(own.text === tally, 'tally', 'The tally is not the tally of the recorded ballots.');
    const { num_tallied: count, total_weight: weight } = JSON.parse(sized);
    const good = count === own.count && weight === (own.weight <= MAX_SMALL ? Number(own.weight) : String(own.weight));
    ensure(good, 'tally', 'The number of counted ballots is stated wrongly.');
    state.tally = own.tally;
    state.counted = own.count;
  },
  async Shuffle(state, objects) {
    newOwner(state, objects, state.shuffledBy);
    await checkShuffle(state, objects.shuffle);
  },
  async EndShuffles() {},
  async PartialDecryption(state, objects) {
    const mixed = state.shuffledBy.length > 0 || !state.election.questions.some(isRanked);
    ensure(mixed, 'shuffle', 'Ballots were decrypted without having been shuffled.');
    const owner = newOwner(state, objects, state.decryptedBy);
    const decryption = parseCanonical(objects.decryption, 'decryption');
    await verifyPartialDecryption(state.election, state.tally, owner, decryption);
  },
  async Result() {},
};

/**
 * Verifies an archive up to the present. `progress(done, total)` counts events.
 * Returns { election, owners, head, phase, ballots, counted, tally, shuffledBy, decryptedBy }; tally is null before
 * voting has ended, later the ciphertexts (elements) as the last shuffle left them. A published result is not checked:
 * trustees have nothing left to do then, and `folkmoot verify` does it.
 */
export async function auditArchive(bytes, { progress = () => {} } = {}) {
  const { head, events } = await readArchive(bytes);
  const { objects } = events[0];
  const election = await readElection(objects.election);
  const owners = await checkTrustees(election, parseCanonical(objects.trustees, 'list of trustees'));
  const weights = readCredentials(election.group, objects.credentials);
  const state = { election, owners, weights, head, ballots: [], counted: 0, tally: null, shuffledBy: [], decryptedBy: [] };
  for (const [i, event] of events.entries()) {
    if (i > 0) await STEPS[event.type](state, event.objects);
    progress(i + 1, events.length);
  }
  state.phase = events.at(-1).type;
  return state;
}

/** Owner number (from 1) of a public key text in an audited election, or null. */
export function ownerOf(state, publicKey) {
  const index = state.owners.findIndex(({ text }) => text === publicKey);
  return index < 0 ? null : index + 1;
}

/** Refuses to decrypt unless the audited archive is exactly at that point and this trustee has not decrypted yet. */
export function ensureReadyToDecrypt(state, owner) {
  const ranked = state.election.questions.some(isRanked);
  const from = ranked ? 'EndShuffles' : 'EncryptedTally';
  const ready = state.phase === from || state.phase === 'PartialDecryption';
  ensure(ready, 'phase', 'This election is not ready to be decrypted.');
  ensure(!state.decryptedBy.includes(owner), 'repeated', 'You have already decrypted this election; it is done once only.');
}

/** Refuses to shuffle unless the audited archive is at that point and this trustee has not shuffled yet. */
export function ensureReadyToShuffle(state, owner) {
  const ready = state.phase === 'EncryptedTally' || state.phase === 'Shuffle';
  const ranked = state.election.questions.some(isRanked);
  ensure(ready && ranked, 'phase', 'This election is not waiting for a shuffle.');
  ensure(!state.shuffledBy.includes(owner), 'repeated', 'You have already shuffled this election.');
}
