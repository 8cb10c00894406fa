// The registrar's part: a voting code for every entry of a roll, made where the roll's secrets are to stay.
//
// A code is 22 characters of base 58 (128 bits) in groups of 5, 6, 5 and 6. What the server gets is the public half
// only, g to the power that deriveCredential gives.

import { deriveCredential } from './belenios.mjs';
import { ensure } from './hash.mjs';

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const GROUPS = [5, 6, 5, 6];

function osBytes(n) {
  return crypto.getRandomValues(new Uint8Array(n));
}

/** A fresh voting code. `bytes(n)` returns n random bytes. */
export function newCode(bytes = osBytes) {
  let characters = '';
  while (characters.length < 22) {
    for (const byte of bytes(32)) {
      // 232 = 4·58: larger bytes would favour the first characters.
      if (byte < 232 && characters.length < 22) characters += BASE58[byte % 58];
    }
  }
  const parts = [];
  let at = 0;
  for (const length of GROUPS) parts.push(characters.slice(at, (at += length)));
  return parts.join('-');
}

/**
 * A code with its public half for every entry of the roll, in the order of the roll: [{ entry, code, credential }].
 * `progress(done, total)` is called now and then, and the page stays usable meanwhile.
 */
export async function makeCodes({ uuid, group, gPow }, entries, { progress = () => {}, bytes } = {}) {
  ensure(new Set(entries).size === entries.length && entries.length > 0, 'entries', 'The roll is empty or names an entry twice.');
  const made = [];
  for (const [i, entry] of entries.entries()) {
    const code = newCode(bytes);
    const { publicText } = await deriveCredential({ uuid, group, gPow }, code);
    made.push({ entry, code, credential: publicText });
    if (i % 50 === 49) progress(i + 1, entries.length);
  }
  progress(entries.length, entries.length);
  return made;
}

/** The secret file of the registrar: entry, code and link of each, as CSV. */
export function secretFile(made, voteUrl) {
  const lines = made.map(({ entry, code }) => `${entry},${code},${voteUrl}#c=${code}`);
  return ['entry,code,link', ...lines, ''].join('\r\n');
}

/** What the server gets: entry and public half of each. */
export function publicLines(made) {
  return made.map(({ entry, credential }) => `${entry},${credential}`).join('\n') + '\n';
}

/** Whether a file that was dropped back in holds the codes just made, each one. */
export function isSameFile(text, made, voteUrl) {
  const lines = (t) => t.replaceAll('\r\n', '\n').trimEnd();
  return lines(text) === lines(secretFile(made, voteUrl));
}
