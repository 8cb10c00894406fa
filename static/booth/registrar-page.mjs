// The page of a registrar: make the codes on this device, save them, prove that the file is there, hand over the public
// halves. Codes live in this module's memory and in the registrar's file; nothing of them is sent.

import { announcer, button, download, errorSummary, getJson, h } from './dom.mjs';
import { groupNamed } from './group.mjs';
import { ensure } from './hash.mjs';
import { isSameFile, makeCodes, publicLines, secretFile } from './registrar.mjs';

const FORMAT = 'folkmoot-registrar-1';

class RegistrarPage {
  constructor(root) {
    this.root = root;
    this.announcer = announcer();
    this.body = h('div', { class: 'flow' });
    root.replaceChildren(this.announcer.element, this.body);
    addEventListener('beforeunload', (event) => {
      if (this.unsaved) event.preventDefault();
    });
  }

  show(title, content, problems = []) {
    document.title = [problems.length > 0 ? 'Error: ' + title : title, 'Folkmoot'].join(' – ');
    const summary = problems.length > 0 ? errorSummary(problems) : null;
    const h1 = h('h1', { id: 'registrar-title', tabindex: '-1' }, title);
    this.body.replaceChildren(...[summary, h1, content].flat(Infinity).filter(Boolean));
    (summary ?? h1).focus({ preventScroll: true });
  }

  async start() {
    const { status, body } = await getJson(this.root.dataset.document);
    if (status !== 200) return this.refuse(body?.error?.message);
    ensure(body?.format === FORMAT && Array.isArray(body.entries), 'document', 'This page cannot read what the server sent. Reload it.');
    ensure(/^\/(?![/\\])/.test(body.submit.url), 'document', 'The codes would go to another site.');
    this.document = body;
    this.show('Make the voting codes', [
      h('p', {}, `The frozen roll has ${body.entries.length} entries. For each a secret voting code is made on this device. The server gets the public halves only, and cannot find out the codes from them.`),
      h('p', {}, 'Afterwards you send each code to its person, by a way of your own. Which entry is whose stands in the roll that you downloaded.'),
      h('div', { class: 'actions' }, button('Make the codes', () => this.make())),
    ]);
  }

  refuse(message) {
    this.show('This page cannot be used now', [h('p', {}, message ?? 'Something went wrong on this device. Reload the page.')]);
  }

  async make() {
    const { uuid, group: name, entries } = this.document;
    const state = h('p', { role: 'status' }, 'Making the codes…');
    this.show('Making the codes', [state]);
    const group = groupNamed(name);
    const parts = { uuid, group, gPow: group.fixedBase(group.g) };
    const progress = (done, total) => {
      state.textContent = `${done} of ${total}`;
    };
    this.made = await makeCodes(parts, entries, { progress });
    this.unsaved = true;
    this.showSave();
  }

  showSave(problems = []) {
    const { uuid, vote_url: voteUrl } = this.document;
    const input = h('input', { type: 'file', id: 'file', accept: '.csv,text/csv' });
    const check = async () => {
      const file = input.files[0];
      if (file && isSameFile(await file.text(), this.made, voteUrl)) return this.showHandOver();
      this.showSave([{ message: 'This is not the file with the codes just made. Save it, then choose it here.', target: 'file' }]);
    };
    this.show(
      'Save the codes',
      [
        h('p', {}, `${this.made.length} codes are made. Save them now: they exist on this device only.`),
        h('div', { class: 'actions' }, button('Save the file', () => download(`${uuid}.codes.csv`, secretFile(this.made, voteUrl), 'text/csv'), { class: 'secondary' })),
        h('div', { class: 'field' }, h('label', { for: 'file' }, 'Choose the saved file, to show that it is there'), input),
        h('div', { class: 'actions' }, button('Check the file', check)),
      ],
      problems,
    );
  }

  showHandOver() {
    const { url, csrf } = this.document.submit;
    this.unsaved = false;
    const value = (name, text) => h('input', { type: 'hidden', name, value: text });
    const form = h(
      'form',
      { method: 'post', action: url },
      value('csrf', csrf),
      value('list', publicLines(this.made)),
      h('div', { class: 'actions' }, h('button', {}, 'Hand over the public halves')),
    );
    this.show('Hand over', [
      h('p', {}, 'The file is right. Now hand the public halves to the server, then send each person their code before voting opens.'),
      form,
    ]);
  }
}

async function main() {
  const root = document.getElementById('registrar');
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
    root.replaceChildren(h('h1', {}, 'This page cannot be used here'), h('p', {}, 'Codes are made only over a secure connection (https) and in a current browser.'));
    return;
  }
  const page = new RegistrarPage(root);
  try {
    await page.start();
  } catch (error) {
    page.refuse(error.name === 'ProtocolError' ? error.message : undefined);
  }
}

await main();
