// Module worker: runs the long computations so that typing, scrolling and screen readers stay responsive.
//
// Message in:  { id, task, input }
// Message out: { id, progress: { done, total, step? } }   any number
//              { id, result } or { id, error: { code, message } }   exactly one

import { makeBallot, readElection } from './belenios.mjs';

let opened = null;

/** The election of a text, kept with its tables while the page stays on it. */
async function open(text) {
  if (opened === null || opened.text !== text) opened = await readElection(text);
  return opened;
}

const TASKS = {
  /** Reads the election and builds its tables while the voter is still choosing. */
  async prepare({ election }) {
    const { uuid, fingerprint } = await open(election);
    return { uuid, fingerprint };
  },

  /** Seals a ballot. Input { election, credential, choices }, result { ballot, tracker, credential }. */
  async seal({ election, credential, choices }, progress) {
    const report = (done, total) => progress({ done, total });
    return makeBallot(await open(election), credential, choices, { progress: report });
  },
};

self.onmessage = async ({ data: { id, task, input } }) => {
  try {
    const result = await TASKS[task](input, (progress) => self.postMessage({ id, progress }));
    self.postMessage({ id, result });
  } catch (error) {
    self.postMessage({ id, error: { code: error.code ?? 'internal', message: String(error.message ?? error) } });
  }
};
