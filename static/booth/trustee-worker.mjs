// The trustee's module worker. Secrets stay in here: the page hands in the sealed key file and the passphrase, and gets
// back what is to be submitted.

import { auditArchive, encryptedTally, ensureReadyToDecrypt, ensureReadyToShuffle, ownerOf } from './audit.mjs';
import {
  ensureSameCommitments,
  makeCertificate,
  makePolynomial,
  makeReveal,
  makeVoutput,
  newSeed,
  openCeremony,
  openShare,
  sealForSelf,
} from './ceremony.mjs';
import { canonicalJson, ensure, fingerprint } from './hash.mjs';
import { groupNamed } from './group.mjs';
import { openKeyFile, sealKeyFile } from './keyfile.mjs';
import { proveKnowledge } from './proofs.mjs';
import { hedgedRandom } from './random.mjs';
import { makePartialDecryption, makeShuffle, makeSingleKey } from './trustee.mjs';
import { serve } from './worker-loop.mjs';

const MAX_ARCHIVE = 2 ** 31;

/** The trustee's view of the ceremony that a document describes. */
function ceremony({ election, size, threshold, trustee }, seed) {
  return openCeremony({ group: election.group, size, threshold, index: trustee.index }, seed);
}

/** Opens a key file for a document: { about, secret }. */
async function openFor(document, file, passphrase) {
  const opened = await openKeyFile(file, passphrase);
  const { election, kind } = opened.about;
  const fits = election === document.election.uuid && kind === document.kind;
  ensure(fits, 'key_file', 'This key file is for another election.');
  return opened;
}

/** The public key that a secret stands for, computed afresh. */
async function publicKeyOf(document, secret) {
  if (document.kind === 'threshold') return (await ceremony(document, secret.seed)).verification;
  const group = groupNamed(document.election.group);
  return group.encode(group.pow(group.g, group.decodeScalar(secret.private_key)));
}

/** The private key (decimal) to decrypt with. */
async function privateKeyOf(document, secret) {
  if (document.kind === 'single') return secret.private_key;
  return openShare(await ceremony(document, secret.seed), document.inputs.private_key);
}

async function fetchArchive(url, progress) {
  const response = await fetch(url, { credentials: 'same-origin', cache: 'no-store', redirect: 'error' });
  ensure(response.ok, 'archive', 'The election archive could not be downloaded. Try again.');
  const length = Number(response.headers.get('content-length') ?? 0);
  ensure(length < MAX_ARCHIVE, 'archive', 'The election archive is too large for this page; use the command line instead.');
  progress(0, 1);
  return new Uint8Array(await response.arrayBuffer());
}

/** Downloads and verifies the archive: the first nine tenths of the progress. */
async function audited(document, progress) {
  const bytes = await fetchArchive(document.archive_url, progress);
  const state = await auditArchive(bytes, { progress: (done, total) => progress(0.9 * done, total) });
  ensure(state.election.uuid === document.election.uuid, 'archive', 'This is the archive of another election.');
  return state;
}

/** This trustee's number in the audited election. */
function ownNumber(state, publicKey) {
  const owner = ownerOf(state, publicKey);
  ensure(owner !== null, 'trustee', 'Your key is not among the keys of this election. Do not go on; tell the other trustees.');
  return owner;
}

/** What the trustee reads before submitting. */
async function summaryOf(state) {
  const recomputed = encryptedTally(state.election, state.ballots, state.weights);
  return {
    ballots: state.ballots.length,
    counted: state.counted,
    shuffledBy: state.shuffledBy.map((owner) => state.owners[owner - 1].name ?? `trustee ${owner}`),
    election: state.election.fingerprint,
    tally: await fingerprint(recomputed.text),
  };
}

const lastTenth = (progress) => (done, total) => progress(0.9 * total + 0.1 * done, total);

const STEPS = {
  async commit(document, secret) {
    const me = await ceremony(document, secret.seed);
    const { commitment, polynomial } = await makePolynomial(me, document.inputs.certs);
    return { payload: { commitment, sealed: await sealForSelf(me, canonicalJson(polynomial)) } };
  },

  async reveal(document, secret) {
    const me = await ceremony(document, secret.seed);
    const { sealed, commitments } = document.inputs;
    return { payload: await makeReveal(me, sealed, commitments) };
  },

  async share(document, secret) {
    const me = await ceremony(document, secret.seed);
    const { certs, vinput, commitments, seen } = document.inputs;
    await ensureSameCommitments(me, seen, commitments);
    return { payload: { voutput: await makeVoutput(me, certs, vinput, commitments) } };
  },

  async rehearse(document, secret) {
    const group = groupNamed(document.election.group);
    const privateKey = group.decodeScalar(await privateKeyOf(document, secret));
    const gPow = group.fixedBase(group.g);
    const publicKey = group.encode(gPow(privateKey));
    ensure(publicKey === document.public_key, 'trustee', 'Your key is not the one that the election has for you.');
    const prefix = `rehearsal|${document.election.uuid}|${publicKey}|${document.inputs.nonce}|`;
    const random = await hedgedRandom(prefix + privateKey);
    return { payload: { proof: await proveKnowledge(group, gPow, privateKey, prefix, random) } };
  },

  async shuffle(document, secret, progress) {
    const state = await audited(document, progress);
    const { group, gPow } = state.election;
    const privateKey = group.decodeScalar(await privateKeyOf(document, secret));
    ensureReadyToShuffle(state, ownNumber(state, group.encode(gPow(privateKey))));
    const shuffle = await makeShuffle(state, { progress: lastTenth(progress) });
    return { payload: { shuffle }, summary: await summaryOf(state) };
  },

  async decrypt(document, secret, progress) {
    const state = await audited(document, progress);
    const { group, gPow } = state.election;
    const privateKey = await privateKeyOf(document, secret);
    ensureReadyToDecrypt(state, ownNumber(state, group.encode(gPow(group.decodeScalar(privateKey)))));
    const decryption = await makePartialDecryption(state, privateKey, { progress: lastTenth(progress) });
    return { payload: { partial_decryption: decryption }, summary: await summaryOf(state) };
  },
};

serve({
  /** Step "key": result { file, publicKey, payload }. */
  async makeKey({ document, passphrase }) {
    const { election, trustee, kind } = document;
    const made = {};
    if (kind === 'single') {
      const { privateKey, publicKey } = await makeSingleKey(groupNamed(election.group));
      Object.assign(made, { secret: { private_key: privateKey }, payload: { public_key: publicKey } });
    } else {
      const seed = await newSeed();
      Object.assign(made, { secret: { seed }, payload: { certificate: await makeCertificate(await ceremony(document, seed)) } });
    }
    const publicKey = await publicKeyOf(document, made.secret);
    const about = { election: election.uuid, trustee: trustee.name, kind, public_key: publicKey };
    return { file: await sealKeyFile(about, made.secret, passphrase), publicKey, payload: made.payload };
  },

  /** Opens a saved file and computes its public key afresh: result { publicKey }. */
  async proveFile({ document, file, passphrase }) {
    const { about, secret } = await openFor(document, file, passphrase);
    const publicKey = await publicKeyOf(document, secret);
    ensure(publicKey === about.public_key, 'key_file', 'The key in this file does not fit its own label.');
    return { publicKey };
  },

  /** Any other step: result { payload, summary? }. */
  async act({ document, file, passphrase }, progress) {
    const { secret } = await openFor(document, file, passphrase);
    const step = Object.hasOwn(STEPS, document.step) ? STEPS[document.step] : null;
    ensure(step !== null, 'document', 'This page does not know the step that is due. Reload it.');
    return step(document, secret, progress);
  },
});
