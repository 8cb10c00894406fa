// A whole election run by the browser code: the parts that belong to the server and the archive writer are here,
// because the browser never needs them.

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tarHeader } from '../../static/booth/archive.mjs';
import { auditArchive, encryptedTally, ownerOf } from '../../static/booth/audit.mjs';
import { deriveCredential, makeBallot, readElection } from '../../static/booth/belenios.mjs';
import { makeCertificate, makePolynomial, makeVoutput, newSeed, openCeremony, openShare } from '../../static/booth/ceremony.mjs';
import { groupNamed } from '../../static/booth/group.mjs';
import { makePartialDecryption, makeShuffle, makeSingleKey } from '../../static/booth/trustee.mjs';
import { verifyBallot } from '../../static/booth/verify.mjs';
import { ROOT, UUID, missing } from './fixtures.mjs';

const sha = (text) => createHash('sha256').update(text).digest('hex');

/** Writes archives: append(type, ...texts) adds the objects and the event. */
export class ArchiveWriter {
  constructor(timestamp = 1700000000) {
    this.timestamp = timestamp;
    this.parts = [];
    this.height = 0;
    this.#entry('BELENIOS', `{"version":1,"timestamp":"${timestamp}"}`);
  }

  #entry(name, text) {
    const body = Buffer.from(text);
    this.parts.push(Buffer.from(tarHeader(name, body.length, this.timestamp)), body, Buffer.alloc((512 - (body.length % 512)) % 512));
  }

  append(type, ...texts) {
    for (const text of texts) this.#entry(sha(text) + '.data.json', text);
    const event = {};
    if (this.parent) event.parent = this.parent;
    Object.assign(event, { height: this.height++, type });
    if (texts.length > 0) event.payload = sha(texts.at(-1));
    const text = JSON.stringify(event);
    this.#entry(sha(text) + '.event.json', text);
    this.parent = sha(text);
    this.lastEvent = text;
  }

  owned(type, owner, text) {
    this.append(type, text, `{"owner":${owner},"payload":"${sha(text)}"}`);
  }

  bytes() {
    return new Uint8Array(Buffer.concat(this.parts));
  }
}

/** A threshold ceremony of n browser trustees; returns { parameters, secrets: [decimal text] }. */
export async function thresholdCeremony(groupName, threshold, size) {
  const members = [];
  for (let index = 1; index <= size; index++) {
    members.push(await openCeremony({ group: groupName, size, threshold, index }, await newSeed()));
  }
  const certs = await Promise.all(members.map((me) => makeCertificate(me)));
  const made = await Promise.all(members.map((me) => makePolynomial(me, certs)));
  const commitments = made.map(({ commitment }) => commitment);
  const polynomials = made.map(({ polynomial }) => polynomial);
  const coefexps = polynomials.map((polynomial) => polynomial.coefexps);
  const vinputs = members.map((_, j) => ({
    polynomial: polynomials[j].polynomial,
    secrets: polynomials.map(({ secrets }) => secrets[j]),
    coefexps,
  }));
  const voutputs = await Promise.all(members.map((me, j) => makeVoutput(me, certs, vinputs[j], commitments)));
  const secrets = await Promise.all(members.map((me, j) => openShare(me, voutputs[j].private_key)));
  const parameters = {
    threshold,
    certs,
    coefexps,
    signatures: polynomials.map(({ signature }) => signature),
    verification_keys: voutputs.map((output) => output.public_key),
  };
  return { parameters, secrets, members, certs, vinputs, commitments };
}

/** Trustees of a kind list such as ['single', [2, 3]]: { list, secrets: per owner, y: text }. */
export async function makeTrustees(groupName, kinds) {
  const group = groupNamed(groupName);
  const list = [];
  const secrets = [];
  let y = group.one;
  for (const kind of kinds) {
    if (kind === 'single') {
      const { privateKey, publicKey } = await makeSingleKey(group);
      list.push(['Single', publicKey]);
      secrets.push(privateKey);
      y = group.mul(y, group.decode(publicKey.public_key));
    } else {
      const { parameters, secrets: shares } = await thresholdCeremony(groupName, ...kind);
      list.push(['Pedersen', parameters]);
      secrets.push(...shares);
      for (const { message } of parameters.coefexps) y = group.mul(y, group.decode(JSON.parse(message).coefexps[0]));
    }
  }
  return { list, secrets, y: group.encode(y) };
}

/** Multiplies decryption factors into results; `factors` maps owner number to { decryption_factors }. */
function combine(state, list, decryptions) {
  const { group, questions } = state.election;
  const exponents = new Map();
  let owner = 1;
  for (const [kind, value] of list) {
    if (kind === 'Single') {
      exponents.set(owner++, 1n);
      continue;
    }
    const size = value.certs.length;
    const first = owner;
    const chosen = Array.from({ length: size }, (_, j) => j + 1).filter((j) => decryptions.has(first + j - 1)).slice(0, value.threshold);
    for (const j of chosen) {
      let [top, bottom] = [1n, 1n];
      for (const k of chosen) if (k !== j) [top, bottom] = [(top * BigInt(k)) % group.q, group.scalar(bottom * BigInt(k - j))];
      let inverse = 1n;
      for (let b = bottom, e = group.q - 2n; e > 0n; e >>= 1n, b = (b * b) % group.q) if (e & 1n) inverse = (inverse * b) % group.q;
      exponents.set(first + j - 1, (top * inverse) % group.q);
    }
    owner += size;
  }
  return state.tally.map((row, i) =>
    row.map(({ beta }, j) => {
      let m = beta;
      for (const [o, e] of exponents) {
        m = group.div(m, group.pow(group.decode(decryptions.get(o).decryption_factors[i][j]), e));
      }
      if (questions[i].kind === 'nonHomomorphic') return group.extract(m, questions[i].answers.length);
      let count = 0;
      for (let x = group.one; !group.equals(x, m); x = group.mul(x, group.g)) if (++count > 10_000) throw new Error('no count');
      return count;
    }),
  );
}

/**
 * Runs an election. votes: [[voter number, choices]]; weights: per voter; decrypters: owner numbers (default all).
 * Returns { archive, result, state } where `archive` is the bytes of the finished election.
 */
export async function runElection({ groupName, questions, trustees, codes, votes, weights, shufflers = [1], decrypters }) {
  const keys = await makeTrustees(groupName, trustees);
  const text = JSON.stringify({ version: 1, description: 'd', name: 'n', group: groupName, public_key: keys.y, questions, uuid: UUID });
  const election = await readElection(text);
  const credentials = await Promise.all(codes.map((code) => deriveCredential(election, code)));
  const lines = credentials.map(({ publicText }, i) => (weights ? `${publicText},${weights[i]}` : publicText));
  const setup = [text, JSON.stringify(keys.list), JSON.stringify(lines)];
  const writer = new ArchiveWriter();
  writer.append('Setup', ...setup, `{"election":"${sha(setup[0])}","trustees":"${sha(setup[1])}","credentials":"${sha(setup[2])}"}`);
  const ballots = [];
  for (const [voter, choices] of votes) {
    const { ballot } = await makeBallot(election, codes[voter], choices);
    writer.append('Ballot', ballot);
    ballots.push(await verifyBallot(election, ballot));
  }
  writer.append('EndBallots');
  const weightOf = new Map(credentials.map(({ publicText }, i) => [publicText, BigInt(weights?.[i] ?? 1)]));
  const own = encryptedTally(election, ballots, weightOf);
  writer.append('EncryptedTally', own.text, `{"num_tallied":${own.count},"total_weight":${own.weight},"encrypted_tally":"${sha(own.text)}"}`);
  if (election.questions.some(({ kind }) => kind === 'nonHomomorphic')) {
    for (const owner of shufflers) writer.owned('Shuffle', owner, await makeShuffle(await auditArchive(writer.bytes())));
    writer.append('EndShuffles');
  }
  const state = await auditArchive(writer.bytes());
  const decryptions = new Map();
  for (const owner of decrypters ?? keys.secrets.map((_, i) => i + 1)) {
    const secret = keys.secrets[owner - 1];
    const made = await makePartialDecryption(state, secret);
    const publicText = election.group.encode(election.gPow(BigInt(secret)));
    if (ownerOf(state, publicText) !== owner) throw new Error('owner numbers disagree');
    decryptions.set(owner, JSON.parse(made));
    writer.owned('PartialDecryption', owner, made);
  }
  const before = writer.bytes();
  const result = combine(state, keys.list, decryptions);
  writer.append('Result', JSON.stringify({ result }));
  return { archive: writer.bytes(), before, result, keys, text };
}

/** Verdict of ops/reference/verify.py on an archive: its printed line and exit status. */
export function referenceArchive(archive, ...options) {
  return inDirectory((directory) => {
    const file = join(directory, UUID + '.bel');
    writeFileSync(file, archive);
    const run = spawnSync('python3', [ROOT + 'ops/reference/verify.py', ...options, file], { encoding: 'utf8' });
    return { accepted: run.status === 0, output: run.stdout + run.stderr };
  });
}

/** Reason to skip `folkmootArchive`, or false. FOLKMOOT_BIN names the program. */
export const noFolkmoot = process.env.FOLKMOOT_BIN ? missing(process.env.FOLKMOOT_BIN) : 'FOLKMOOT_BIN does not name a program';

/** Verdict of `folkmoot verify`. */
export function folkmootArchive(archive) {
  return inDirectory((directory) => {
    const file = join(directory, UUID + '.bel');
    writeFileSync(file, archive);
    const run = spawnSync(process.env.FOLKMOOT_BIN, ['verify', '--json', file], { encoding: 'utf8' });
    return { accepted: run.status === 0, output: run.stdout + run.stderr };
  });
}

/** Verdict of `belenios-tool election verify`. */
export function toolArchive(archive) {
  return inDirectory((directory) => {
    writeFileSync(join(directory, UUID + '.bel'), archive);
    const run = spawnSync('belenios-tool', ['election', 'verify', '--dir', directory], { encoding: 'utf8' });
    return { accepted: run.status === 0, output: run.stdout + run.stderr };
  });
}

/** Runs `use` with a fresh directory that is removed afterwards; `use` may be asynchronous. */
export async function inDirectory(use) {
  const directory = mkdtempSync(join(tmpdir(), 'booth-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
