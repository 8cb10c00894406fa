// Reader of election archives (.bel; specification 4.4): an old-style tar file of JSON objects and a hash chain of
// events. Everything is checked here except the mathematics: the container byte for byte, names, hashes, parents,
// heights, and the order of events.

import { ensure, hex, parseCanonical, sha256Hex } from './hash.mjs';

const STAGES = ['Setup', 'Ballot', 'EndBallots', 'EncryptedTally', 'Shuffle', 'EndShuffles', 'PartialDecryption', 'Result'];
const REPEATABLE = new Set(['Ballot', 'Shuffle', 'PartialDecryption']);
/** Objects that come before each event, in order. */
const OBJECTS = {
  Setup: ['election', 'trustees', 'credentials', 'setup'],
  Ballot: ['ballot'],
  EndBallots: [],
  EncryptedTally: ['tally', 'sized'],
  Shuffle: ['shuffle', 'owned'],
  EndShuffles: [],
  PartialDecryption: ['decryption', 'owned'],
  Result: ['result'],
};

const ascii = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** The 512 bytes that stand before an entry; there is exactly one form. */
export function tarHeader(name, size, timestamp) {
  const header = new Uint8Array(512);
  const put = (text, at) => header.set(ascii(text), at);
  put(name, 0);
  put('0000644', 100);
  put('0000000', 108);
  put('0000000', 116);
  put(size.toString(8).padStart(11, '0'), 124);
  put(timestamp.toString(8).padStart(11, '0'), 136);
  put('        ', 148);
  put('0', 156);
  const sum = header.reduce((a, b) => a + b, 0);
  put(sum.toString(8).padStart(6, '0') + '\0 ', 148);
  return header;
}

function octal(bytes) {
  const text = String.fromCharCode(...bytes);
  ensure(/^[0-7]{11}$/.test(text), 'archive', 'The archive has a malformed header.');
  return parseInt(text, 8);
}

/** Iterates over the entries as { name, body, timestamp }. */
function* entries(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const header = bytes.subarray(at, at + 512);
    ensure(header.length === 512, 'archive', 'The archive is cut off.');
    const name = String.fromCharCode(...header.subarray(0, header.indexOf(0)));
    const size = octal(header.subarray(124, 135));
    const timestamp = octal(header.subarray(136, 147));
    ensure(hex(header) === hex(tarHeader(name, size, timestamp)), 'archive', 'The archive has a malformed header.');
    const end = at + 512 + size;
    const padded = at + 512 + Math.ceil(size / 512) * 512;
    ensure(padded <= bytes.length, 'archive', 'The archive is cut off.');
    ensure(bytes.subarray(end, padded).every((b) => b === 0), 'archive', 'The archive has rubbish between its entries.');
    yield { name, body: bytes.subarray(at + 512, end), timestamp };
    at = padded;
  }
}

function utf8(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    ensure(false, 'archive', 'The archive has an entry that is not text.');
  }
}

async function readEvent(text, parent, height) {
  const event = parseCanonical(text, 'event');
  const fields = ['parent', 'height', 'type', 'payload'].filter((name) => Object.hasOwn(event, name));
  ensure(Object.keys(event).join() === fields.join(), 'archive', 'An event has unexpected fields.');
  ensure(event.parent === parent && event.height === height, 'archive', `Event ${height} is out of its place in the chain.`);
  ensure(STAGES.includes(event.type), 'archive', `Event ${height} is of an unknown type.`);
  return event;
}

function checkStage(previous, type) {
  const stage = STAGES.indexOf(type);
  const before = previous === null ? -1 : STAGES.indexOf(previous);
  const good = previous === null ? stage === 0 : stage > before || (stage === before && REPEATABLE.has(type));
  ensure(good, 'archive', `The event ${type} comes at the wrong time.`);
}

/**
 * Reads a whole archive. Returns { head, events: [{ type, hash, objects }] }: `head` is the hash of the last event,
 * `objects` maps the names of OBJECTS to exact texts. Which events must have happened before others is checked too.
 */
export async function readArchive(bytes) {
  const events = [];
  const seen = new Set();
  let pending = [];
  let first = null;
  let head;
  for (const { name, body, timestamp } of entries(bytes)) {
    const text = utf8(body);
    if (first === null) {
      ensure(name === 'BELENIOS', 'archive', 'This is not an election archive.');
      const { timestamp: stated } = parseCanonical(text, 'archive header');
      ensure(text === `{"version":1,"timestamp":"${stated}"}` && stated === String(timestamp), 'archive', 'The archive header is malformed.');
      first = timestamp;
      continue;
    }
    const hash = await sha256Hex(body);
    const isEvent = name === hash + '.event.json';
    ensure(isEvent || name === hash + '.data.json', 'archive', 'An entry of the archive does not match its name.');
    ensure(!seen.has(name) && timestamp === first, 'archive', 'An entry of the archive is repeated or has its own time.');
    seen.add(name);
    if (!isEvent) {
      pending.push({ hash, text });
      continue;
    }
    const event = await readEvent(text, head, events.length);
    checkStage(events.at(-1)?.type ?? null, event.type);
    const names = OBJECTS[event.type];
    ensure(pending.length === names.length, 'archive', `The event ${event.type} has the wrong number of objects.`);
    ensure(event.payload === pending.at(-1)?.hash, 'archive', `The event ${event.type} names another object.`);
    const objects = Object.fromEntries(names.map((key, i) => [key, pending[i].text]));
    checkReferences(event.type, objects, pending);
    events.push({ type: event.type, hash, objects });
    head = hash;
    pending = [];
  }
  ensure(events.length > 0 && pending.length === 0, 'archive', 'The archive is cut off.');
  checkMilestones(events);
  return { head, events };
}

/** Objects that name other objects must name those of the same event. */
function checkReferences(type, objects, pending) {
  const [a, b, c] = pending.map(({ hash }) => hash);
  if (type === 'Setup') {
    const expected = `{"election":"${a}","trustees":"${b}","credentials":"${c}"}`;
    ensure(objects.setup === expected, 'archive', 'The setup names other objects.');
  } else if (type === 'EncryptedTally') {
    ensure(parseCanonical(objects.sized, 'tally').encrypted_tally === a, 'archive', 'The tally is named wrongly.');
  } else if (type === 'Shuffle' || type === 'PartialDecryption') {
    const { owner, payload, ...rest } = parseCanonical(objects.owned, 'contribution of a trustee');
    const good = Number.isInteger(owner) && owner > 0 && payload === a && Object.keys(rest).length === 0;
    ensure(good, 'archive', 'The contribution of a trustee is named wrongly.');
  }
}

/** A tally needs the end of voting, shuffles need their end before decryption. */
function checkMilestones(events) {
  const has = (type) => events.some((event) => event.type === type);
  const needs = (type, earlier) => ensure(!has(type) || has(earlier), 'archive', `The event ${earlier} is missing.`);
  needs('EncryptedTally', 'EndBallots');
  needs('Shuffle', 'EncryptedTally');
  needs('EndShuffles', 'Shuffle');
  needs('PartialDecryption', 'EncryptedTally');
  needs('Result', 'PartialDecryption');
  if (has('Shuffle')) needs('PartialDecryption', 'EndShuffles');
}
