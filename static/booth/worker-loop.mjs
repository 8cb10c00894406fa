// The message loop of the workers.
//
// Message in:  { id, task, input }
// Message out: { id, progress: { done, total } }   any number
//              { id, result } or { id, error: { code, message } }   exactly one

/** Answers messages with the functions of `tasks`: (input, progress(done, total)) -> promise of the result. */
export function serve(tasks) {
  self.onmessage = async ({ data: { id, task, input } }) => {
    let last = 0;
    const progress = (done, total) => {
      const now = performance.now();
      if (now - last < 100 && done < total) return;
      last = now;
      self.postMessage({ id, progress: { done, total } });
    };
    try {
      self.postMessage({ id, result: await tasks[task](input, progress) });
    } catch (error) {
      self.postMessage({ id, error: { code: error.code ?? 'internal', message: String(error.message ?? error) } });
    }
  };
}
