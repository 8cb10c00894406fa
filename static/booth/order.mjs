// The order in which a voter sees the candidates: shuffled per voter so that nobody gains by a place on the page,
// and reproducible from a seed so that going back does not reorder.

import { hashToInteger } from './hash.mjs';

/**
 * A permutation of 0 .. n-1: Fisher-Yates from the end, with j = SHA-256("order|SEED|ITEM|i") mod (i + 1) for
 * i = n-1 down to 1.
 */
export async function displayOrder(seed, item, n) {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Number((await hashToInteger(`order|${seed}|${item}|${i}`)) % BigInt(i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
