// The file in which a trustee keeps a secret: JSON, sealed with a passphrase (PBKDF2-HMAC-SHA-256, AES-256-GCM).
// What is not secret stands outside and is authenticated, so the holder can see what a file is for.

import { base64, bytesOf, canonicalJson, ensure, fromBase64 } from './hash.mjs';
import { expectFields } from './proofs.mjs';

export const KEY_FILE_FORMAT = 'folkmoot-trustee-key-1';
const ITERATIONS = 600_000;
const MAX_ITERATIONS = 10_000_000;
const MAX_FILE = 64 * 1024;
export const MIN_PASSPHRASE = 12;

async function passphraseKey(passphrase, salt, iterations, usage) {
  const material = await crypto.subtle.importKey('raw', bytesOf(passphrase.normalize('NFKC')), 'PBKDF2', false, ['deriveKey']);
  const derivation = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, [usage]);
}

/**
 * Seals `secret` (any JSON value). `about` is public: { election, trustee, kind, public_key }, all texts.
 * Returns the text of the file.
 */
export async function sealKeyFile(about, secret, passphrase) {
  const long = passphrase.normalize('NFKC').length >= MIN_PASSPHRASE;
  ensure(long, 'passphrase', `Choose a passphrase of at least ${MIN_PASSPHRASE} characters.`);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const { election, trustee, kind, public_key: publicKey } = about;
  const head = {
    format: KEY_FILE_FORMAT,
    about: { election, trustee, kind, public_key: publicKey },
    kdf: { name: 'PBKDF2-SHA-256', iterations: ITERATIONS, salt: base64(salt) },
    cipher: { name: 'AES-256-GCM', iv: base64(iv) },
  };
  const key = await passphraseKey(passphrase, salt, ITERATIONS, 'encrypt');
  const algorithm = { name: 'AES-GCM', iv, additionalData: bytesOf(canonicalJson(head)) };
  const sealed = await crypto.subtle.encrypt(algorithm, key, bytesOf(canonicalJson(secret)));
  return JSON.stringify({ ...head, sealed: base64(new Uint8Array(sealed)) }, null, 1) + '\n';
}

/** Reads a key file without opening it: its public part `about`. */
export function readKeyFile(text) {
  ensure(typeof text === 'string' && text.length <= MAX_FILE, 'key_file', 'This is not a trustee key file.');
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    ensure(false, 'key_file', 'This is not a trustee key file.');
  }
  ensure(file?.format === KEY_FILE_FORMAT, 'key_file', 'This is not a trustee key file.');
  expectFields(file, ['format', 'about', 'kdf', 'cipher', 'sealed'], 'key file');
  expectFields(file.about, ['election', 'trustee', 'kind', 'public_key'], 'key file');
  expectFields(file.kdf, ['name', 'iterations', 'salt'], 'key file');
  expectFields(file.cipher, ['name', 'iv'], 'key file');
  const { iterations } = file.kdf;
  const known = file.kdf.name === 'PBKDF2-SHA-256' && file.cipher.name === 'AES-256-GCM';
  const sane = Number.isInteger(iterations) && ITERATIONS <= iterations && iterations <= MAX_ITERATIONS;
  ensure(known && sane, 'key_file', 'This key file was sealed in a way that this page does not know.');
  return file;
}

/** Opens a key file. Returns { about, secret }; code "passphrase" when the passphrase is wrong or the file damaged. */
export async function openKeyFile(text, passphrase) {
  const file = readKeyFile(text);
  const { sealed, ...head } = file;
  const key = await passphraseKey(passphrase, fromBase64(head.kdf.salt), head.kdf.iterations, 'decrypt');
  const algorithm = { name: 'AES-GCM', iv: fromBase64(head.cipher.iv), additionalData: bytesOf(canonicalJson(head)) };
  let plain;
  try {
    plain = await crypto.subtle.decrypt(algorithm, key, fromBase64(sealed));
  } catch {
    ensure(false, 'passphrase', 'The passphrase is wrong, or the file was changed.');
  }
  return { about: file.about, secret: JSON.parse(new TextDecoder().decode(plain)) };
}
