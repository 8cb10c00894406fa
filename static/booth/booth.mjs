// The voting booth: Choose -> Check ("Not cast yet") -> Receipt, in one page.
//
// The voting code comes in the fragment of the address, which browsers never send, and is taken out of it at once.
// Code and choices live in this module's memory only; what leaves the device is the sealed ballot.

import { announcer, button, download, errorSummary, getJson, h, inGroups, instant, postJson } from './dom.mjs';
import { readBoothDocument } from './presentation.mjs';
import { questionView } from './questions.mjs';
import { verifyReceipt } from './receipt.mjs';
import { startWorker } from './worker-client.mjs';

const CODE_FORM = /^[1-9A-HJ-NP-Za-km-z]{5}-[1-9A-HJ-NP-Za-km-z]{6}-[1-9A-HJ-NP-Za-km-z]{5}-[1-9A-HJ-NP-Za-km-z]{6}$/;
const STEPS = ['Choose', 'Check', 'Receipt'];

/** Takes the voting code out of the address before anything else runs. */
function takeCode() {
  const [, code = ''] = /^#c=([^&]*)$/.exec(location.hash) ?? [];
  if (location.hash !== '') history.replaceState(null, '', location.pathname + location.search);
  try {
    return decodeURIComponent(code).trim();
  } catch {
    return '';
  }
}

class Booth {
  constructor(root, code) {
    this.root = root;
    this.code = code;
    this.call = startWorker('worker.mjs');
    this.announcer = announcer();
    this.body = h('div', { class: 'flow' });
    this.root.replaceChildren(this.announcer.element, this.body);
    this.cast = { busy: false, done: false };
    this.sealed = null;
  }

  async start() {
    this.show({ title: 'Loading the election', content: [h('p', {}, 'One moment.')] });
    const { status, body } = await getJson(this.root.dataset.document);
    if (status !== 200) return this.refuse(body?.error);
    this.booth = await readBoothDocument(body);
    this.fingerprint = (await this.call('prepare', { election: this.booth.electionText })).fingerprint;
    this.views = this.booth.pages.map((page, i) => questionView(page, { id: `q${i}`, say: this.announcer.say }));
    addEventListener('beforeunload', (event) => {
      if (this.started && !this.cast.done) event.preventDefault();
    });
    addEventListener('popstate', (event) => {
      if (this.started) this.go(event.state ?? { step: 'choose', page: 0 }, false);
    });
    if (this.code === '') return this.askForCode();
    await this.useCode(this.code);
  }

  // ---- the frame of every step

  show({ title, step, heading = title, content, problems = [] }) {
    const name = this.booth?.election.name;
    document.title = [problems.length > 0 ? 'Error: ' + title : title, name, 'Folkmoot'].filter(Boolean).join(' – ');
    const steps =
      step === undefined
        ? null
        : h('ol', { class: 'steps', 'aria-label': 'Steps' }, STEPS.map((label) => h('li', { 'aria-current': label === step && 'step' }, label)));
    const summary = problems.length > 0 ? errorSummary(problems) : null;
    const h1 = h('h1', { id: 'booth-title', tabindex: '-1' }, heading);
    this.body.replaceChildren(...[steps, summary, h1, content].flat(Infinity).filter(Boolean));
    scrollTo(0, 0);
    (summary ?? h1).focus({ preventScroll: true });
  }

  /** The end of the road, in words: nothing was cast and what to do. */
  refuse(error, title = 'You cannot vote on this page') {
    const help = this.booth?.help;
    this.show({
      title,
      content: [
        h('p', {}, error?.message ?? 'The election could not be loaded. Reload the page; if that does not help, write to us.'),
        error?.server_time ? h('p', { class: 'hint' }, 'Time at the server: ', instant(error.server_time)) : null,
        help ? h('p', {}, help.url ? h('a', { href: help.url }, help.text) : help.text) : null,
      ],
    });
  }

  /** To another step; not while a ballot is on its way, because its answer must be seen, and not after it was cast. */
  go(state, push = true) {
    if (this.cast.busy || this.cast.done) return;
    if (push) history.pushState(state, '');
    if (state.step === 'check') this.showCheck();
    else this.showQuestion(state.page);
  }

  // ---- voting code

  askForCode(problem) {
    const hint = 'It is in the message that invited you, for example AbCdE-fGhijk-mnPqR-stUvwx. Capital and small letters differ.';
    const { lostCode } = this.booth.urls;
    const input = h('input', {
      id: 'code',
      autocomplete: 'off',
      autocapitalize: 'off',
      spellcheck: 'false',
      'aria-describedby': 'code-hint',
      'aria-invalid': problem ? 'true' : null,
    });
    const submit = (event) => {
      event.preventDefault();
      this.useCode(input.value.trim());
    };
    const field = h('div', { class: problem ? 'field invalid' : 'field' }, h('label', { for: 'code' }, 'Your voting code'), h('p', { class: 'hint', id: 'code-hint' }, hint), problem && h('p', { class: 'field-error' }, problem), input);
    this.show({
      title: 'Enter your voting code',
      problems: problem ? [{ message: problem, target: 'code' }] : [],
      content: [
        h('form', { on: { submit } }, field, h('div', { class: 'actions' }, h('button', {}, 'Continue'))),
        lostCode && h('p', {}, h('a', { href: lostCode }, 'I do not have my code')),
      ],
    });
  }

  /** Checks the code before any choice is made. */
  async useCode(code) {
    if (!CODE_FORM.test(code)) return this.askForCode('This is not a complete voting code. Copy all 22 characters with their dashes.');
    const { credential } = await this.call('identify', { election: this.booth.electionText, credential: code });
    const expected = this.booth.credential;
    if (expected !== null && expected !== credential) {
      return this.askForCode('This code is for another election or another person. Use the code from the newest message about this election.');
    }
    this.code = code;
    this.started = true;
    history.replaceState({ step: 'choose', page: 0 }, '');
    this.showQuestion(0);
  }

  // ---- Choose

  showQuestion(i, problems = []) {
    const { pages, election, closes } = this.booth;
    const page = pages[i];
    const view = this.views[i];
    this.sealed = null;
    const last = i === pages.length - 1;
    const next = () => {
      const found = view.problems();
      if (found.length > 0) return this.showQuestion(i, found);
      this.go(last || this.returning ? { step: 'check' } : { step: 'choose', page: i + 1 });
    };
    const position = pages.length > 1 ? `Question ${i + 1} of ${pages.length}` : election.name;
    const bar = h(
      'div',
      { class: 'action-bar' },
      button(last || this.returning ? 'Check your choices' : 'Next question', next),
      i > 0 && !this.returning ? button('Back', () => this.go({ step: 'choose', page: i - 1 }), { class: 'secondary' }) : null,
      view.status,
    );
    // Browsers that keep what was filled in (for a crash or a reload) leave out forms without autocompletion.
    const form = h('form', { class: 'flow', autocomplete: 'off', on: { submit: (event) => event.preventDefault() } }, view.element, bar);
    this.show({
      title: page.title,
      step: 'Choose',
      problems,
      content: [
        h('p', { class: 'hint' }, position, closes ? [' · closes ', instant(closes)] : null),
        page.method && h('p', {}, page.method),
        page.shuffle && h('p', { class: 'hint' }, 'The order of the names is random and differs from voter to voter.'),
        form,
      ],
    });
  }

  // ---- Check

  /** Seals in the worker while the voter reads; one promise per visit of this step. */
  seal() {
    const choices = this.views.flatMap((view) => view.plain());
    return this.call('seal', { election: this.booth.electionText, credential: this.code, choices });
  }

  showCheck() {
    for (const [i, view] of this.views.entries()) {
      const problems = view.problems();
      if (problems.length > 0) return this.showQuestion(i, problems);
    }
    this.returning = true;
    const state = h('p', { role: 'status' }, 'Sealing your choices on this device…');
    const sealed = (this.sealed ??= this.seal());
    sealed.then(
      () => (state.textContent = 'Sealed on this device. Nobody else can read your choices.'),
      (error) => this.sealed === sealed && this.sealingFailed(error),
    );
    const { previous, closes, mailsReceipt } = this.booth;
    const castButton = button('Cast your ballot', () => this.castBallot(castButton, failure), { id: 'cast' });
    const failure = h('div', { id: 'cast-failure' });
    this.show({
      title: 'Not cast yet: check your choices',
      step: 'Check',
      content: [
        h('div', { class: 'notice warn' }, h('p', {}, 'Your ballot has not been cast. It is cast when you press “Cast your ballot”.')),
        this.booth.pages.map((page, i) => this.inWords(page, i)),
        previous ? this.earlier(previous) : null,
        closes ? h('p', { class: 'hint' }, 'You can change your ballot until ', instant(closes), '.') : null,
        mailsReceipt ? h('p', { class: 'hint' }, 'When the day is over (midnight UTC), a copy of your receipt is mailed to you. It shows that you voted, not how.') : null,
        state,
        failure,
        h('div', { class: 'action-bar' }, castButton),
      ],
    });
  }

  /** What was cast with this code so far: whoever did not cast it has to learn that somebody else did. */
  earlier({ castAt, trackers }) {
    const last = trackers.length - 1;
    const line = (tracker, i) => h('li', {}, h('code', { class: 'fingerprint', translate: 'no' }, tracker), i === last ? ' counts until you cast this one' : ' was replaced');
    return [
      h('p', {}, 'This ballot replaces the one that you cast ', castAt ? ['on ', instant(castAt)] : 'before', '.'),
      trackers.length > 0
        ? h('details', {}, h('summary', {}, 'Tracking codes of what was cast with your voting code'), h('ol', {}, trackers.map(line)), h('p', {}, 'If you did not cast one of them, tell the returns officer.'))
        : null,
    ];
  }

  inWords(page, i) {
    const { lines, ordered, remark } = this.views[i].words();
    const warnings = this.views[i].warnings();
    const items = lines.map(({ text, detail }) => h('li', {}, text, detail === undefined ? null : [': ', h('strong', {}, detail)]));
    const change = button(['Change', h('span', { class: 'hidden-text' }, ` ${page.title}`)], () => this.go({ step: 'choose', page: i }), { class: 'secondary small' });
    return h(
      'section',
      { 'aria-labelledby': `words-${i}`, class: 'flow' },
      h('h2', { id: `words-${i}` }, page.title),
      lines.length > 0 ? h(ordered ? 'ol' : 'ul', {}, items) : null,
      remark && h('p', {}, remark),
      warnings.length > 0 ? h('div', { class: 'notice' }, warnings.map((text) => h('p', {}, text))) : null,
      h('p', {}, change),
    );
  }

  /** No retry loop: what failed once on this device will fail again; the voter gets something to send us. */
  sealingFailed(error) {
    this.sealed = null;
    const { uuid, group } = this.booth.election;
    const diagnostics = JSON.stringify({ uuid, group, code: error.code, message: error.message, browser: navigator.userAgent }, null, 1);
    this.refuse({ message: 'Your choices could not be sealed on this device. Nothing was cast. Try another browser or device.' }, 'Your ballot was not cast');
    this.body.append(
      h('p', {}, 'To help us, download what went wrong and send it to us. It contains neither your code nor your choices.'),
      h('div', { class: 'actions' }, button('Download diagnostics', () => download('folkmoot-diagnostics.json', diagnostics, 'application/json'), { class: 'secondary' })),
    );
  }

  // ---- cast

  async castBallot(castButton, failure) {
    if (this.cast.busy || this.cast.done || this.sealed === null) return;
    this.cast.busy = true;
    castButton.textContent = 'Casting…';
    failure.replaceChildren();
    try {
      const sealed = await this.sealed;
      if (this.cast.refresh) await this.refreshSession();
      const { status, body } = await postJson(this.booth.cast.url, this.booth.cast.csrf, { ballot: sealed.ballot });
      if (status === 200 && typeof body?.receipt === 'string') await this.accept(sealed, body);
      else {
        const message = status === 200 ? 'The server gave no receipt.' : `The server answered with an error (${status}).`;
        this.castFailed(castButton, failure, body?.error ?? { code: 'http', message });
      }
    } catch (error) {
      const lost = { code: 'network', message: 'The server could not be reached, or its answer got lost.' };
      this.castFailed(castButton, failure, error.name === 'ProtocolError' ? error : lost);
    } finally {
      this.cast.busy = false;
    }
  }

  /** After a lost session: a new token, provided that the election is still the same to the byte. */
  async refreshSession() {
    const { status, body } = await getJson(this.root.dataset.document);
    if (status !== 200) return;
    const fresh = await readBoothDocument(body);
    if (fresh.electionText === this.booth.electionText) this.booth.cast = fresh.cast;
  }

  /** Keeps the same sealed ballot: sending it twice counts once. */
  castFailed(castButton, failure, error) {
    const closed = error.code === 'closed';
    this.cast.refresh = ['csrf', 'signed_out'].includes(error.code);
    castButton.textContent = closed ? 'Cast your ballot' : 'Try again';
    const advice = {
      closed: 'Voting has ended, and this ballot was not counted.',
      signed_out: 'You are no longer signed in. Sign in in another tab, come back to this one and press “Try again”.',
      csrf: 'Press “Try again”.',
      network: 'We do not know whether it arrived. Press “Try again”: it is the same sealed ballot, and it counts once.',
    };
    const text = advice[error.code] ?? 'Your sealed ballot is kept in this page. Press “Try again”.';
    const summary = h(
      'div',
      { class: 'error-summary', role: 'alert', tabindex: '-1' },
      h('h2', {}, closed ? 'Your ballot was not cast' : 'Your ballot has not been cast yet'),
      h('p', {}, error.message),
      h('p', {}, text),
      error.server_time ? h('p', { class: 'hint' }, 'Time at the server: ', instant(error.server_time)) : null,
    );
    failure.replaceChildren(summary);
    document.title = 'Error: ' + document.title.replace(/^Error: /, '');
    summary.focus();
  }

  /** Says "cast" only after the receipt has proved that exactly this ballot is in the ballot box. */
  async accept(sealed, answer) {
    const { logKey, logOrigin } = this.booth;
    try {
      await verifyReceipt(answer.receipt, { verifierKey: logKey, origin: logOrigin, tracker: sealed.tracker });
    } catch (error) {
      return this.receiptFailed(sealed, answer, error);
    }
    this.cast.done = true;
    // Whoever uses this device next finds neither code nor choices in the page.
    this.code = '';
    this.views = [];
    this.sealed = null;
    this.showReceipt(sealed, answer);
  }

  receiptFailed(sealed, answer, error) {
    const { uuid } = this.booth.election;
    const evidence = JSON.stringify({ uuid, tracker: sealed.tracker, problem: error.code, answer }, null, 1);
    const { help } = this.booth;
    const failure = document.getElementById('cast-failure');
    const summary = h(
      'div',
      { class: 'error-summary', role: 'alert', tabindex: '-1' },
      h('h2', {}, 'The receipt is not valid'),
      h('p', {}, `The server took a ballot but did not prove that yours is in the ballot box. ${error.message}`),
      h('p', {}, 'Do not rely on this vote. Save the evidence, send it to the returns officer, and try again later.'),
      help ? h('p', {}, help.url ? h('a', { href: help.url }, help.text) : help.text) : null,
      h('div', { class: 'actions' }, button('Save the evidence', () => download(`evidence-${uuid}.json`, evidence, 'application/json'), { class: 'secondary' })),
    );
    failure.replaceChildren(summary);
    document.getElementById('cast').textContent = 'Try again';
    summary.focus();
  }

  // ---- Receipt

  showReceipt({ tracker }, { receipt, replaced, cast_at: castAt, qr_url: qrUrl }) {
    const { election, urls, mailsReceipt } = this.booth;
    const copied = h('p', { role: 'status', class: 'hint' });
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(tracker);
        copied.textContent = 'Copied.';
      } catch {
        copied.textContent = 'Copying is not allowed here. Select the code and copy it yourself.';
      }
    };
    const qr = typeof qrUrl === 'string' && /^\/(?![/\\])/.test(qrUrl) ? h('p', { class: 'qr' }, h('img', { src: qrUrl, alt: 'The same code as a picture to scan', width: '176', height: '176' })) : null;
    const lead = replaced ? 'It replaces the ballot that you cast before.' : 'It will be counted unless you replace it.';
    this.show({
      title: 'Your ballot is in the ballot box',
      step: 'Receipt',
      content: [
        h('div', { class: 'panel' }, h('p', {}, 'Your vote has been cast. ', lead), castAt ? h('p', {}, instant(castAt)) : null),
        h('h2', {}, 'Your tracking code'),
        inGroups(tracker),
        h('p', {}, 'This code shows that your ballot is counted, not how you voted. Keep it and check it after voting has ended.'),
        mailsReceipt
          ? h('p', {}, 'A copy of this receipt is mailed to you when the day is over (midnight UTC), together with those of everybody else who votes today, so that no mail says at what time you voted. Until then it is kept encrypted on the server. If you vote again today, only the receipt of your last ballot is mailed.')
          : null,
        copied,
        qr,
        h('p', { class: 'hint' }, 'Fingerprint of the election that this ballot belongs to: ', h('code', { class: 'fingerprint', translate: 'no' }, this.fingerprint)),
        h(
          'div',
          { class: 'actions no-print' },
          urls.finish && h('a', { class: 'button', href: urls.finish }, 'Finish'),
          button('Copy', copy, { class: 'secondary' }),
          button('Print', () => print(), { class: 'secondary' }),
          button('Download receipt', () => download(`receipt-${election.uuid}.tlog-proof`, receipt), { class: 'secondary' }),
          urls.check && h('a', { href: urls.check }, 'Check my vote'),
        ),
      ],
    });
    history.replaceState(null, '');
  }
}

async function main() {
  const root = document.getElementById('booth');
  const code = takeCode();
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle || !globalThis.Worker) {
    const text = 'This page can seal your ballot only over a secure connection (https) and in a current browser. Nothing was cast. Open the address with https, or use another browser or device.';
    root.replaceChildren(h('h1', {}, 'You cannot vote on this page'), h('p', {}, text));
    return;
  }
  const booth = new Booth(root, code);
  try {
    await booth.start();
  } catch (error) {
    booth.refuse(error.name === 'ProtocolError' ? error : undefined);
  }
}

await main();
