// A ballot box for tests: a log of ballot events that issues receipts, honest or not.

import { createHash } from 'node:crypto';
import * as ed from '../../static/booth/noble-ed25519.js';
import { UUID } from './fixtures.mjs';

export const BOX = `vote.example/e/${UUID}`;
export const sha = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();

/** A log key of a one-byte seed: { seed, name, id, line }. */
export async function logKey(name = BOX, seedByte = 7) {
  const seed = new Uint8Array(32).fill(seedByte);
  const typed = Buffer.concat([Buffer.of(1), await ed.getPublicKeyAsync(seed)]);
  const id = sha(name + '\n', typed).subarray(0, 4);
  return { seed, name, id, line: `${name}+${id.toString('hex')}+${typed.toString('base64')}` };
}

export const LOG_LINE = logKey().then(({ line }) => line);

export async function signNote(text, { name, id, seed }) {
  const signature = await ed.signAsync(Buffer.from(text), seed);
  return `${text}\n\u2014 ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

function splitPoint(n) {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

/** RFC 6962, section 2.1. */
export function treeHash(leaves) {
  if (leaves.length === 0) return sha('');
  if (leaves.length === 1) return sha([0], leaves[0]);
  const k = splitPoint(leaves.length);
  return sha([1], treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

/** RFC 6962, section 2.1.1. */
export function auditPath(m, leaves) {
  if (leaves.length === 1) return [];
  const k = splitPoint(leaves.length);
  return m < k
    ? [...auditPath(m, leaves.slice(0, k)), treeHash(leaves.slice(k))]
    : [...auditPath(m - k, leaves.slice(k)), treeHash(leaves.slice(0, k))];
}

/** The text of a receipt with the given parts, whether they fit together or not. */
export async function receiptText({ event, index, path, origin, size, root }, key) {
  const note = await signNote(`${origin}\n${size}\n${root.toString('base64')}\n`, key);
  const lines = path.map((hash) => hash.toString('base64') + '\n').join('');
  return `c2sp.org/tlog-proof@v1\nextra ${Buffer.from(event).toString('base64')}\nindex ${index}\n${lines}\n${note}`;
}

/** A log: append(ballot) returns its index, receipt(index) its receipt, signed by another key if asked. */
export async function makeLog() {
  const leaves = ['{"height":0,"type":"Setup"}'];
  const ballots = [null];
  const { line } = await logKey();
  return {
    line,
    append(ballot) {
      const parent = sha(leaves.at(-1)).toString('hex');
      leaves.push(JSON.stringify({ parent, height: leaves.length, type: 'Ballot', payload: sha(ballot).toString('hex') }));
      return ballots.push(ballot) - 1;
    },
    indexOf: (ballot) => ballots.indexOf(ballot),
    async receipt(index, seedByte) {
      const parts = { event: leaves[index], index, path: auditPath(index, leaves), origin: BOX, size: leaves.length, root: treeHash(leaves) };
      return receiptText(parts, await logKey(BOX, seedByte));
    },
    /** The event under a checkpoint that the log signed before it. */
    async staleReceipt(index) {
      const older = leaves.slice(0, index);
      const parts = { event: leaves[index], index, path: auditPath(index - 1, older), origin: BOX, size: index, root: treeHash(older) };
      return receiptText(parts, await logKey());
    },
  };
}
