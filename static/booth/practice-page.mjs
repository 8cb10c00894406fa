// The practice page: choose and seal as in the booth, but nothing is ever cast; then, if wanted, a test of the encryption.

import { announcer, button, download, errorSummary, getJson, h, inGroups } from './dom.mjs';
import { recordInWords, repeatPractice, sealPractice } from './practice.mjs';
import { readBoothDocument } from './presentation.mjs';
import { questionView } from './questions.mjs';
import { newCode } from './registrar.mjs';

const NEVER = 'This is practice. Nothing on this page is cast or counted, and nothing that you choose is sent.';

class PracticePage {
  constructor(root) {
    this.root = root;
    this.announcer = announcer();
    this.body = h('div', { class: 'flow' });
    root.replaceChildren(this.announcer.element, this.body);
  }

  async start() {
    const { status, body } = await getJson(this.root.dataset.document);
    if (status !== 200) return this.refuse(body?.error?.message);
    this.booth = await readBoothDocument(body);
    this.begin();
  }

  show(title, content, problems = []) {
    document.title = [problems.length > 0 ? 'Error: ' + title : title, this.booth?.election.name, 'Folkmoot'].filter(Boolean).join(' – ');
    const summary = problems.length > 0 ? errorSummary(problems) : null;
    const h1 = h('h1', { id: 'practice-title', tabindex: '-1' }, title);
    this.body.replaceChildren(...[summary, h1, h('div', { class: 'notice' }, h('p', {}, NEVER)), content].flat(Infinity).filter(Boolean));
    scrollTo(0, 0);
    (summary ?? h1).focus({ preventScroll: true });
  }

  refuse(message) {
    this.show('Practice is not possible now', [h('p', {}, message ?? 'Something went wrong on this device. Reload the page.')]);
  }

  begin() {
    this.views = this.booth.pages.map((page, i) => questionView(page, { id: `q${i}`, say: this.announcer.say }));
    this.question(0);
  }

  question(i, problems = []) {
    const page = this.booth.pages[i];
    const view = this.views[i];
    const last = i === this.views.length - 1;
    const next = () => {
      const found = view.problems();
      if (found.length > 0) return this.question(i, found);
      if (last) this.seal();
      else this.question(i + 1);
    };
    const bar = h('div', { class: 'action-bar' }, button(last ? 'Seal the practice ballot' : 'Next question', next), i > 0 ? button('Back', () => this.question(i - 1), { class: 'secondary' }) : null, view.status);
    const form = h('form', { class: 'flow', autocomplete: 'off', on: { submit: (event) => event.preventDefault() } }, view.element, bar);
    this.show(`Practice: ${page.title}`, [page.method && h('p', {}, page.method), form, i === 0 && this.fileCheck()], problems);
  }

  async seal() {
    this.show('Sealing', [h('p', { role: 'status' }, 'Sealing the practice ballot on this device…')]);
    const choices = this.views.flatMap((view) => view.plain());
    this.record = await sealPractice(this.booth.electionText, newCode(), choices);
    this.show('Sealed, not cast', [
      await this.words(this.record),
      h('p', {}, 'Sealed, it has this tracking code. A real ballot would be cast now and you would keep the code.'),
      inGroups(this.record.tracker),
      h('div', { class: 'actions' }, button('Test the encryption', () => this.test()), button('Practise again', () => this.begin(), { class: 'secondary' })),
    ]);
  }

  async words(record) {
    const parts = await recordInWords(record);
    return parts.map(({ question, lines }) => h('section', {}, h('h2', {}, question), h('ul', {}, lines.map((line) => h('li', {}, line)))));
  }

  async test() {
    const same = await repeatPractice(this.record);
    const text = JSON.stringify(this.record, null, 1);
    this.show('Test of the encryption', [
      h('p', {}, same ? 'Made again from the same randomness, the sealed ballot is the same to the byte.' : 'Made again from the same randomness, the sealed ballot differs. Tell us about it.'),
      h('p', {}, 'This page could still lie about that. So save the test file and check it with another device or program: it holds the choices, the code, the randomness and the sealed ballot.'),
      h('ul', {}, h('li', {}, 'Open this practice page on another device and choose the file there.'), h('li', {}, 'Or run ', h('code', {}, 'folkmoot ballot test practice-test.json'), ', which is written in another language by other means.')),
      h('p', {}, 'A ballot whose randomness was shown is not secret any more; that is why only practice ballots are tested.'),
      h('div', { class: 'actions' }, button('Save the test file', () => download('practice-test.json', text, 'application/json')), button('Practise again', () => this.begin(), { class: 'secondary' })),
    ]);
  }

  fileCheck() {
    const input = h('input', { type: 'file', id: 'test-file', accept: '.json,application/json' });
    const result = h('div', { role: 'status' });
    const check = async () => {
      result.replaceChildren();
      try {
        const record = JSON.parse(await input.files[0].text());
        const same = await repeatPractice(record);
        const verdict = same ? 'The sealed ballot of this file holds exactly these choices.' : 'The sealed ballot of this file does NOT hold these choices.';
        result.replaceChildren(h('p', {}, h('strong', {}, verdict)), ...(await this.words(record)).flat());
      } catch {
        result.replaceChildren(h('p', {}, 'This is not a test file of a practice ballot.'));
      }
    };
    return h(
      'details',
      {},
      h('summary', {}, 'Check a test file from another device'),
      h('div', { class: 'field' }, h('label', { for: 'test-file' }, 'Test file'), input),
      h('div', { class: 'actions' }, button('Check it', check, { class: 'secondary' })),
      result,
    );
  }
}

async function main() {
  const root = document.getElementById('practice');
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
    root.replaceChildren(h('h1', {}, 'You cannot practise here'), h('p', {}, 'Ballots are sealed only over a secure connection (https) and in a current browser.'));
    return;
  }
  const page = new PracticePage(root);
  try {
    await page.start();
  } catch (error) {
    page.refuse(error.name === 'ProtocolError' ? error.message : undefined);
  }
}

await main();
