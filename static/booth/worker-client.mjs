// Page side of worker.mjs: one worker, calls as promises.

import { ProtocolError } from './hash.mjs';

const WORKER_URL = new URL('./worker.mjs', import.meta.url).href;

/** The worker's address under Trusted Types: the page's only policy, and it can name nothing else. */
function workerAddress() {
  if (!globalThis.trustedTypes) return WORKER_URL;
  const policy = globalThis.trustedTypes.createPolicy('folkmoot', { createScriptURL: () => WORKER_URL });
  return policy.createScriptURL(WORKER_URL);
}

/**
 * Starts the worker. Returns call(task, input, onProgress), a promise of the task's result; it is rejected with a
 * ProtocolError that has the code and message which the worker gave, or with code "worker" if the worker died.
 */
export function startWorker() {
  const worker = new Worker(workerAddress(), { type: 'module' });
  const calls = new Map();
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
    const error = new ProtocolError('worker', 'The part of the page that seals your ballot could not start.');
    for (const call of calls.values()) call.reject(error);
    calls.clear();
  };
  return (task, input, onProgress = () => {}) =>
    new Promise((resolve, reject) => {
      calls.set(next, { resolve, reject, onProgress });
      worker.postMessage({ id: next++, task, input });
    });
}
