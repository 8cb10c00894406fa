// What the server must hand over before the page may say "cast": a receipt in the C2SP tlog-proof form, that is the
// event which records the ballot, its RFC 6962 inclusion path, and a checkpoint (C2SP signed note) under the key that
// the election's description names.

import { etc, verifyAsync } from './noble-ed25519.js';
import { base64, bytesOf, ensure, fromBase64, hex, parseCanonical, sha256 } from './hash.mjs';

const HEADER = 'c2sp.org/tlog-proof@v1';
const LOG_KEY = 1;
const MAX_RECEIPT = 160 * 1024;
const MAX_PATH = 63;

function malformed(condition, message) {
  ensure(condition, 'receipt', message);
}

/** Decimal without sign or leading zero, small enough to be exact. */
function decimal(text) {
  malformed(/^(0|[1-9][0-9]{0,14})$/.test(text ?? ''), 'A number in the receipt is malformed.');
  return Number(text);
}

function hash32(text) {
  const bytes = fromBase64(text);
  malformed(bytes.length === 32, 'A hash in the receipt has the wrong length.');
  return bytes;
}

/** Reads a verifier key "name+hex id+base64 of type and key"; only Ed25519 log keys (type 1) are taken. */
export async function readVerifierKey(text) {
  const [, name, id, material] = /^([^\s+]{1,255})\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  ensure(name !== undefined, 'log_key', 'The key of the ballot box is malformed.');
  const bytes = fromBase64(material);
  ensure(bytes.length === 33 && bytes[0] === LOG_KEY, 'log_key', 'The key of the ballot box has the wrong type.');
  const digest = await sha256(etc.concatBytes(bytesOf(name + '\n'), bytes));
  ensure(hex(digest.subarray(0, 4)) === id, 'log_key', 'The key of the ballot box does not match its own name.');
  return { name, id, publicKey: bytes.subarray(1) };
}

/** Reads a signed note and returns its text once a signature by `key` has been verified. */
export async function openNote(note, key) {
  const end = note.lastIndexOf('\n\n');
  malformed(end > 0 && note.endsWith('\n'), 'The checkpoint in the receipt has no signature.');
  const text = note.slice(0, end + 1);
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const [, name, signature] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    malformed(name !== undefined, 'A signature line in the receipt is malformed.');
    if (name !== key.name) continue;
    const bytes = fromBase64(signature);
    if (hex(bytes.subarray(0, 4)) !== key.id) continue;
    const good = bytes.length === 68 && (await verifyAsync(bytes.subarray(4), bytesOf(text), key.publicKey, { zip215: false }));
    ensure(good, 'receipt_signature', 'The signature on the receipt is wrong.');
    return text;
  }
  ensure(false, 'receipt_signature', 'The receipt is not signed by the ballot box of this election.');
}

/** RFC 6962: the root that a leaf, its position, the tree size and the path lead to. */
export async function rootOf(leaf, index, size, path) {
  const node = async (left, right) => sha256(etc.concatBytes(Uint8Array.of(1), left, right));
  let result = await sha256(etc.concatBytes(Uint8Array.of(0), leaf));
  let position = index;
  let last = size - 1;
  for (const sibling of path) {
    malformed(last > 0, 'The inclusion path in the receipt is too long.');
    if (position % 2 === 1 || position === last) {
      result = await node(sibling, result);
      while (position % 2 === 0 && position > 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      result = await node(result, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  malformed(last === 0, 'The inclusion path in the receipt is too short.');
  return result;
}

/** Splits a tlog-proof text: { event (bytes), index, path, note }. */
function readProofText(text) {
  malformed(typeof text === 'string' && text.length <= MAX_RECEIPT, 'The receipt is missing or too long.');
  const split = text.indexOf('\n\n');
  malformed(split > 0, 'The receipt is malformed.');
  const [header, extra, index, ...path] = text.slice(0, split).split('\n');
  malformed(header === HEADER, 'The receipt is of an unknown kind.');
  malformed(extra?.startsWith('extra ') && index?.startsWith('index '), 'The receipt is malformed.');
  malformed(path.length <= MAX_PATH, 'The inclusion path in the receipt is too long.');
  return { event: fromBase64(extra.slice(6)), index: decimal(index.slice(6)), path: path.map(hash32), note: text.slice(split + 2) };
}

/**
 * Verifies that `receipt` proves the recording of the ballot with `tracker`. `verifierKey` is the key line that the
 * election's description names; `origin` the log's name if it is known (the key's name otherwise).
 * Returns { index, size, eventHash }; throws a ProtocolError with code "receipt", "receipt_signature",
 * "receipt_inclusion", "receipt_tracker", "receipt_origin" or "log_key".
 */
export async function verifyReceipt(receipt, { verifierKey, tracker, origin }) {
  const key = await readVerifierKey(verifierKey);
  const { event, index, path, note } = readProofText(receipt);
  const lines = (await openNote(note, key)).split('\n');
  ensure(lines[0] === (origin ?? key.name), 'receipt_origin', 'The receipt is about another ballot box.');
  const size = decimal(lines[1]);
  malformed(index < size, 'The receipt points beyond the end of the ballot box.');
  const root = base64(await rootOf(event, index, size, path));
  ensure(root === lines[2], 'receipt_inclusion', 'The receipt does not prove that the ballot is in the ballot box.');

  const object = parseCanonical(new TextDecoder('utf-8', { fatal: true }).decode(event), 'event in the receipt');
  malformed(object.type === 'Ballot' && object.height === index, 'The receipt is not about a ballot.');
  malformed(/^[0-9a-f]{64}$/.test(object.payload ?? ''), 'The event in the receipt names no ballot.');
  const recorded = base64(etc.hexToBytes(object.payload)).slice(0, 43);
  ensure(recorded === tracker, 'receipt_tracker', 'The receipt is for a different ballot than the one sealed here.');
  return { index, size, eventHash: hex(await sha256(event)) };
}

/** The one verifier key line in an election description ("Ballot box key: NAME+ID+KEY"), or null. */
export function pinnedVerifierKey(description) {
  const found = [...description.matchAll(/(?:^|\s)([^\s+]{1,255}\+[0-9a-f]{8}\+A[Q-Za-f][A-Za-z0-9+/]{42})(?=\s|$)/g)];
  return found.length === 1 ? found[0][1] : null;
}
