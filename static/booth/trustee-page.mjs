// A trustee's page: make a key, save its file, drop the file back in to prove it, submit; on later visits the file and
// its passphrase are all that is needed. Driven by the trustee document (README.md).

import { announcer, button, download, errorSummary, getJson, h, inGroups, postJson } from './dom.mjs';
import { ensure, fingerprint } from './hash.mjs';
import { MIN_PASSPHRASE } from './keyfile.mjs';
import { startWorker } from './worker-client.mjs';

const FORMAT = 'folkmoot-trustee-1';

/** Title, explanation and action of every step. */
const STEPS = {
  key: ['Create your key', 'You keep one part of the key that opens the ballot box. It is made on this device and never leaves it unsealed.', 'Create my key'],
  commit: ['Commit to your part', 'All trustees are there. Your part of the common key is chosen now and a commitment to it is published.', 'Make my commitment'],
  reveal: ['Reveal your part', 'All commitments are published. Your part is sent to the other trustees, sealed for each of them.', 'Reveal my part'],
  share: ['Receive your share', 'This device checks what all other trustees sent and works out your share of the key.', 'Check and receive my share'],
  rehearse: ['Rehearse', 'Show before voting opens that your key file and passphrase work. Nothing is decrypted.', 'Prove that my key works'],
  shuffle: ['Shuffle the ballots', 'This device verifies the whole election, then shuffles the sealed ballots so that nobody can tell whose they are.', 'Verify and shuffle'],
  decrypt: ['Open the count', 'This device verifies the whole election, then decrypts the tally with your share. Single ballots are not decrypted.', 'Verify and decrypt'],
  wait: ['Nothing to do now', 'The other trustees are not ready yet. You will get a message when it is your turn.', null],
  done: ['Your part is done', 'Keep your key file until the result has been certified.', null],
};

class TrusteePage {
  constructor(root) {
    this.root = root;
    this.call = startWorker('trustee-worker.mjs');
    this.announcer = announcer();
    this.body = h('div', { class: 'flow' });
    root.replaceChildren(this.announcer.element, this.body);
    addEventListener('beforeunload', (event) => {
      if (this.unsaved) event.preventDefault();
    });
  }

  async start() {
    this.show({ title: 'Loading your part', content: [h('p', {}, 'One moment.')] });
    const { status, body } = await getJson(this.root.dataset.document);
    if (status !== 200) return this.refuse(body?.error?.message);
    this.open(body);
  }

  /** Takes a trustee document and shows its step. */
  open(document) {
    ensure(document?.format === FORMAT && Object.hasOwn(STEPS, document.step), 'document', 'This page cannot read what the server sent. Reload it.');
    ensure(String(document.archive_url ?? '/').match(/^\/(?![/\\])/), 'document', 'The archive is on another site.');
    this.document = document;
    this.unsaved = false;
    if (document.step === 'key') this.showKeyForm();
    else this.showStep();
  }

  show({ title, content, problems = [] }) {
    const name = this.document?.election.name;
    globalThis.document.title = [problems.length > 0 ? 'Error: ' + title : title, name, 'Folkmoot'].filter(Boolean).join(' – ');
    const summary = problems.length > 0 ? errorSummary(problems) : null;
    const h1 = h('h1', { id: 'trustee-title', tabindex: '-1' }, title);
    this.body.replaceChildren(...[summary, h1, content, this.board()].flat(Infinity).filter(Boolean));
    scrollTo(0, 0);
    (summary ?? h1).focus({ preventScroll: true });
  }

  refuse(message) {
    const { help } = this.document ?? {};
    this.show({
      title: 'This step cannot be done here',
      content: [
        h('p', {}, message ?? 'The page could not be loaded. Reload it; if that does not help, write to us.'),
        help ? h('p', {}, h('a', { href: help.url }, help.text)) : null,
      ],
    });
  }

  /** All trustees and who is awaited. */
  board() {
    const rows = this.document?.board ?? [];
    if (rows.length === 0) return null;
    return h(
      'section',
      { 'aria-labelledby': 'board-title', class: 'flow' },
      h('h2', { id: 'board-title' }, 'Trustees'),
      h('dl', { class: 'summary' }, rows.map(({ name, state }) => h('div', {}, h('dt', {}, name), h('dd', {}, state)))),
    );
  }

  // ---- making a key

  passphraseField(id, label, hint, autocomplete) {
    const input = h('input', { id, type: 'password', autocomplete, 'aria-describedby': hint ? id + '-hint' : null });
    return { input, element: h('div', { class: 'field' }, h('label', { for: id }, label), hint && h('p', { class: 'hint', id: id + '-hint' }, hint), input) };
  }

  showKeyForm(problems = []) {
    const [title, explanation, action] = STEPS.key;
    const hint = `At least ${MIN_PASSPHRASE} characters; several words are good. It cannot be reset by anybody.`;
    const first = this.passphraseField('passphrase', 'Choose a passphrase for your key file', hint, 'new-password');
    const second = this.passphraseField('repeat', 'Type it again', '', 'new-password');
    const submit = async (event) => {
      event.preventDefault();
      const passphrase = first.input.value;
      if (passphrase.normalize('NFKC').length < MIN_PASSPHRASE) {
        return this.showKeyForm([{ message: `Choose a passphrase of at least ${MIN_PASSPHRASE} characters.`, target: 'passphrase' }]);
      }
      if (passphrase !== second.input.value) return this.showKeyForm([{ message: 'The two passphrases differ. Type both again.', target: 'passphrase' }]);
      await this.makeKey(passphrase);
    };
    this.show({
      title,
      problems,
      content: [h('p', {}, explanation), h('form', { on: { submit } }, first.element, second.element, h('div', { class: 'actions' }, h('button', {}, action)))],
    });
  }

  async makeKey(passphrase) {
    this.show({ title: 'Creating your key', content: [h('p', { role: 'status' }, 'One moment.')] });
    try {
      this.made = await this.call('makeKey', { document: this.document, passphrase });
    } catch (error) {
      return this.refuse(error.message);
    }
    this.unsaved = true;
    this.showSave();
  }

  showSave() {
    const { election, trustee } = this.document;
    const name = `folkmoot-key-${election.uuid}-${trustee.name.replace(/[^A-Za-z0-9]+/g, '-')}.json`;
    const save = () => {
      download(name, this.made.file, 'application/json');
      this.showProof();
    };
    this.show({
      title: 'Save your key file',
      content: [
        h('p', {}, 'Save the file where you will find it on closing day, and a copy elsewhere, such as a memory stick. Without the file and its passphrase your part is lost.'),
        h('div', { class: 'actions' }, button('Save the key file', save)),
      ],
    });
  }

  /** The file must come back before anything is submitted: a key that cannot be reopened is worth nothing. */
  showProof(problem) {
    const form = this.fileForm('Check the file', async (file, passphrase) => {
      const { publicKey } = await this.call('proveFile', { document: this.document, file, passphrase });
      ensure(publicKey === this.made.publicKey, 'key_file', 'This is another key file than the one just made.');
      this.showSubmit();
    });
    this.show({
      title: 'Drop the file back in',
      problems: problem ? [problem] : [],
      content: [
        h('p', {}, 'Choose the file that you have just saved and type its passphrase. This proves that it can be opened later.'),
        form,
        h('p', {}, button('Save it again', () => this.showSave(), { class: 'secondary' })),
      ],
    });
  }

  async showSubmit() {
    const print = inGroups(await fingerprint(this.made.publicKey));
    this.show({
      title: 'Send your public key',
      content: [
        h('p', {}, 'The file works. What is sent now is the public half only. Note its fingerprint: the trustees compare theirs by voice before voting opens.'),
        print,
        h('div', { class: 'actions' }, button('Send my public key', () => this.submit(this.made.payload))),
      ],
    });
  }

  // ---- later visits

  /** File and passphrase; calls use(file text, passphrase) and shows what it throws. */
  fileForm(action, use) {
    const file = h('input', { id: 'key-file', type: 'file', accept: '.json,application/json' });
    const passphrase = this.passphraseField('passphrase', 'Passphrase of the file', '', 'current-password');
    const failure = h('div', {});
    const submitButton = h('button', {}, action);
    const complain = (message, target) => {
      const summary = errorSummary([{ message, target }]);
      failure.replaceChildren(summary);
      summary.focus();
    };
    const submit = async (event) => {
      event.preventDefault();
      if (this.busy) return;
      const [chosen] = file.files;
      if (chosen === undefined) return complain('Choose your key file.', 'key-file');
      if (chosen.size > 65_536) return complain('This is not a trustee key file.', 'key-file');
      this.busy = true;
      failure.replaceChildren();
      try {
        await use(await chosen.text(), passphrase.input.value);
      } catch (error) {
        complain(error.message, error.code === 'passphrase' ? 'passphrase' : 'key-file');
      } finally {
        this.busy = false;
      }
    };
    const fileField = h('div', { class: 'field' }, h('label', { for: 'key-file' }, 'Your key file'), file);
    return h('form', { on: { submit } }, failure, fileField, passphrase.element, h('div', { class: 'actions' }, submitButton));
  }

  showStep() {
    const [title, explanation, action] = STEPS[this.document.step];
    const content = [h('p', {}, explanation)];
    if (action !== null) {
      const progress = h('div', { hidden: true });
      content.push(this.fileForm(action, (file, passphrase) => this.act(file, passphrase, progress)), progress);
    }
    this.show({ title, content });
  }

  async act(file, passphrase, place) {
    const bar = h('progress', { id: 'progress', max: '1', value: 0 });
    place.replaceChildren(h('label', { for: 'progress' }, 'Working on this device; keep the page open.'), bar);
    place.hidden = false;
    try {
      const { payload, summary } = await this.call('act', { document: this.document, file, passphrase }, ({ done, total }) => (bar.value = done / total));
      if (summary === undefined) await this.submit(payload);
      else this.confirm(payload, summary);
    } finally {
      place.hidden = true;
    }
  }

  /** What was verified, before the result of it is sent. */
  confirm(payload, { ballots, counted, shuffledBy, election, tally }) {
    const decrypting = this.document.step === 'decrypt';
    if (decrypting && !this.rememberDecryption(election, tally)) {
      return this.refuse('On this device you have already opened another count of this election. A second one is refused; tell the other trustees.');
    }
    const facts = [
      ['Ballots recorded', String(ballots)],
      ['Ballots counted', `${counted} (the last one of each voter)`],
      ...(shuffledBy.length > 0 ? [['Shuffled so far by', shuffledBy.join(', ')]] : []),
      ['Fingerprint of the election', inGroups(election)],
      ['Fingerprint of the tally', inGroups(tally)],
    ];
    this.show({
      title: decrypting ? 'Send your share of the count' : 'Send your shuffle',
      content: [
        h('p', {}, 'Every ballot and every step so far was verified on this device. Compare the fingerprints with the other trustees.'),
        h('dl', { class: 'summary' }, facts.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value)))),
        h('div', { class: 'actions' }, button(decrypting ? 'Send my share' : 'Send my shuffle', () => this.submit(payload))),
      ],
    });
  }

  /** One tally per election and device: the same may be sent again, another one never. */
  rememberDecryption(election, tally) {
    const key = `folkmoot-decrypted-${election}`;
    const before = localStorage.getItem(key);
    if (before === null) localStorage.setItem(key, tally);
    return before === null || before === tally;
  }

  /** Sends a step's payload; on failure the same payload stays ready. */
  async submit(payload) {
    const { step, submit } = this.document;
    let message;
    try {
      const { status, body } = await postJson(submit.url, submit.csrf, { step, payload }, 300_000);
      if (status === 200 && body?.document) return this.open(body.document);
      message = body?.error?.message ?? `The server answered with an error (${status}).`;
    } catch {
      message = 'The server could not be reached, or its answer got lost.';
    }
    this.show({
      title: 'It was not sent',
      problems: [{ message }],
      content: [h('p', {}, 'What this device made is kept in this page.'), h('div', { class: 'actions' }, button('Try again', () => this.submit(payload)))],
    });
  }
}

async function main() {
  const root = document.getElementById('trustee');
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle || !globalThis.Worker) {
    root.replaceChildren(h('h1', {}, 'This step cannot be done here'), h('p', {}, 'Keys can be made and used only over a secure connection (https) and in a current browser.'));
    return;
  }
  const page = new TrusteePage(root);
  try {
    await page.start();
  } catch (error) {
    page.refuse(error.name === 'ProtocolError' ? error.message : undefined);
  }
}

await main();
