// The voter's module worker: sealing a ballot does not block typing, scrolling or screen readers.

import { deriveCredential, makeBallot, readElection } from './belenios.mjs';
import { serve } from './worker-loop.mjs';

let opened = null;

/** The election of a text, kept with its tables while the page stays on it. */
async function open(text) {
  if (opened === null || opened.text !== text) opened = await readElection(text);
  return opened;
}

serve({
  /** Reads the election and builds its tables while the voter is still choosing. */
  async prepare({ election }) {
    const { uuid, fingerprint } = await open(election);
    return { uuid, fingerprint };
  },

  /** The public credential of a voting code. */
  async identify({ election, credential }) {
    const { publicText } = await deriveCredential(await open(election), credential);
    return { credential: publicText };
  },

  /** Seals a ballot. Result { ballot, tracker, credential }. */
  async seal({ election, credential, choices }, progress) {
    return makeBallot(await open(election), credential, choices, { progress });
  },
});
