// Page side of the workers: one worker, calls as promises.

import { ProtocolError } from './hash.mjs';

const ADDRESSES = {
  'worker.mjs': new URL('./worker.mjs', import.meta.url).href,
  'trustee-worker.mjs': new URL('./trustee-worker.mjs', import.meta.url).href,
};

/** The worker's address under Trusted Types: the page's only policy, and it can name nothing else. */
function workerAddress(name) {
  const address = ADDRESSES[name];
  if (!globalThis.trustedTypes) return address;
  const policy = globalThis.trustedTypes.createPolicy('folkmoot', { createScriptURL: () => address });
  return policy.createScriptURL(address);
}

/**
 * Starts a worker of ADDRESSES, once per page. Returns call(task, input, onProgress), a promise of the task's result;
 * it is rejected with a ProtocolError that has the code and message which the worker gave, or with code "worker" if
 * the worker died.
 */
export function startWorker(name) {
  const worker = new Worker(workerAddress(name), { type: 'module' });
  const calls = new Map();
  let dead = null;
  let next = 0;
  worker.onmessage = ({ data: { id, progress, result, error } }) => {
    const call = calls.get(id);
    if (call === undefined) return;
    if (progress !== undefined) return call.onProgress(progress);
    calls.delete(id);
    if (error !== undefined) call.reject(new ProtocolError(error.code, error.message));
    else call.resolve(result);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    dead = new ProtocolError('worker', 'A part of this page could not start. Reload the page or use another browser.');
    for (const call of calls.values()) call.reject(dead);
    calls.clear();
  };
  return (task, input, onProgress = () => {}) =>
    new Promise((resolve, reject) => {
      if (dead !== null) return reject(dead);
      calls.set(next, { resolve, reject, onProgress });
      worker.postMessage({ id: next++, task, input });
    });
}
