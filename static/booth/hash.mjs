// Hashing and text forms of the Belenios protocol, version 1 (specification 4.1, 4.2).
// SHA-256 comes from the browser (WebCrypto), which is why everything that hashes is asynchronous.

const utf8 = new TextEncoder();

/** A refused input. `code` is stable and meant for programs, `message` is for people. */
export class ProtocolError extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
  }
}

/** Throws a ProtocolError unless `condition` holds. */
export function ensure(condition, code, message) {
  if (!condition) throw new ProtocolError(code, message);
}

/** UTF-8 bytes of a text. A text with half a surrogate pair has no UTF-8 form and is refused. */
export function bytesOf(text) {
  ensure(text.isWellFormed?.() ?? !/\p{Surrogate}/u.test(text), 'text', 'A text contains half a character.');
  return utf8.encode(text);
}

/** SHA-256 of a text (as UTF-8) or of bytes; 32 bytes. */
export async function sha256(input) {
  const bytes = typeof input === 'string' ? bytesOf(input) : input;
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** Lower-case hexadecimal. */
export function hex(bytes) {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** SHA-256 as 64 lower-case hexadecimal digits: H in the specification. */
export async function sha256Hex(input) {
  return hex(await sha256(input));
}

/** Standard base64 with padding. */
export function base64(bytes) {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Decodes standard padded base64; anything that is not the one canonical text of its bytes is refused. */
export function fromBase64(text) {
  ensure(/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0, 'base64', 'A base64 text is malformed.');
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  ensure(base64(bytes) === text, 'base64', 'A base64 text is not canonical.');
  return bytes;
}

/** Fingerprints and trackers: base64 of SHA-256 without the trailing "=", 43 characters. */
export async function fingerprint(input) {
  return base64(await sha256(input)).slice(0, 43);
}

/** SHA-256 of a text read as a 256-bit big-endian integer. */
export async function hashToInteger(text) {
  return BigInt('0x' + (await sha256Hex(text)));
}

/** A Fiat-Shamir challenge: hash(prefix, elements) reduced modulo the group order. */
export async function challenge(group, prefix, elements) {
  return (await hashToInteger(prefix + group.encodeAll(elements).join(','))) % group.q;
}

/** The one JSON text that this protocol allows for a value: compact, fields in the order given, DEL escaped. */
export function canonicalJson(value) {
  return JSON.stringify(value).replaceAll('\x7f', '\\u007f');
}

/** Parses a text and refuses it unless it is the canonical JSON of what it says. */
export function parseCanonical(text, what) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError('json', `The ${what} is not JSON.`);
  }
  ensure(canonicalJson(value) === text, 'json', `The ${what} is not in canonical form.`);
  return value;
}
