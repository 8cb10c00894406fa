// Secret random numbers. One source is made per secret operation (a ballot, a key, a shuffle).
//
// Every scalar takes the bytes of the 64-bit words of q and 16 more from the source, read as a big-endian integer and
// reduced modulo q: 48 bytes for Ed25519 and BELENIOS-2048, 272 for RFC-3526-2048. The bias is below 2^-128.
// The Rust prover draws the same way, so that both make the same ballot from the same bytes.

import { hex } from './hash.mjs';

/** Bytes that one scalar modulo q takes from a source. */
export function scalarWidth(q) {
  return 8 * Math.ceil(q.toString(2).length / 64) + 16;
}

/** A source of scalars over `fill`, an asynchronous function that returns n fresh random bytes. */
export class RandomSource {
  constructor(fill) {
    this.fill = fill;
  }

  /** n bytes. */
  bytes(n) {
    return this.fill(n);
  }

  /** n independent uniform integers in 0..q-1, in the order of the bytes. */
  async scalars(q, n) {
    const width = scalarWidth(q);
    const bytes = await this.fill(width * n);
    const values = [];
    for (let i = 0; i < n; i++) values.push(BigInt('0x' + hex(bytes.subarray(i * width, (i + 1) * width))) % q);
    return values;
  }

  /** One uniform integer in 0..q-1. */
  async scalar(q) {
    return (await this.scalars(q, 1))[0];
  }
}

function osBytes(n) {
  const bytes = new Uint8Array(n);
  for (let i = 0; i < n; i += 65536) crypto.getRandomValues(bytes.subarray(i, Math.min(n, i + 65536)));
  return bytes;
}

/**
 * The source used outside tests: operating-system randomness XORed with an AES-256-CTR stream whose key is the
 * SHA-256 of `context` (a text that contains the secret and the message at hand) and of 32 more random bytes.
 * With a sound generator this is uniform; with a broken one the nonces still depend on secret and message, so a
 * repeated generator state does not give the key away.
 */
export async function hedgedRandom(context) {
  const material = new TextEncoder().encode('nonce|' + context);
  const seed = new Uint8Array(material.length + 32);
  seed.set(osBytes(32));
  seed.set(material, 32);
  const digest = await crypto.subtle.digest('SHA-256', seed);
  const key = await crypto.subtle.importKey('raw', digest, 'AES-CTR', false, ['encrypt']);
  const counter = new DataView(new ArrayBuffer(16));
  let block = 0n;
  return new RandomSource(async (n) => {
    const plain = osBytes(n);
    counter.setBigUint64(8, block);
    block += BigInt(Math.ceil(n / 16));
    const counterBytes = new Uint8Array(counter.buffer.slice(0));
    return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CTR', counter: counterBytes, length: 64 }, key, plain));
  });
}
