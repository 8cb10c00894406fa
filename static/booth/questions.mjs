// The controls of one question. A view has
//   element            what goes on the page
//   problems()         [{ message, target }] that stop the voter from going on
//   plain()            the choices for makeBallot: one array per question of the election that the page covers
//   words()            the choices for the Check step: { lines: [{ text, detail? }], ordered, remark }
//   warnings()         sentences to read before casting; they never stop anybody

import { finder, statement } from './candidates.mjs';
import { h } from './dom.mjs';
import { rankingView } from './question-ranking.mjs';
import { gradesView, scoresView } from './question-scores.mjs';

const ordered = (page) => page.order.map((index) => ({ index, ...page.candidates[index] }));

/** Names chosen, then how many were not. */
function namesInWords(page, chosen, none, rest) {
  const names = page.candidates.filter((_, i) => chosen.has(i)).map(({ name }) => ({ text: name }));
  const others = page.candidates.length - names.length;
  return { lines: names, ordered: false, remark: names.length === 0 ? none : others > 0 && rest ? `${others} ${rest}` : '' };
}

/** One 0 or 1 per candidate, with the blank flag in front when the question has one. */
function zeroOnes(page, chosen) {
  const row = page.candidates.map((_, i) => (chosen.has(i) ? 1 : 0));
  return [page.blank ? [chosen.size === 0 ? 1 : 0, ...row] : row];
}

/** How many may be chosen, in words. */
function limits({ min, max, candidates, blank }) {
  if (max === candidates.length && (min === 0 || blank)) return 'any number is fine';
  if (min === max) return `choose ${max}`;
  return min === 0 ? `at most ${max}` : `between ${min} and ${max}`;
}

function approvalView(page, { id, say }) {
  const chosen = new Set();
  const count = h('p', { class: 'count', role: 'status', id: `${id}-count` });
  const update = () => {
    count.textContent = `${chosen.size} of ${page.candidates.length} approved – ${limits(page)}`;
  };
  const rows = ordered(page).map((candidate) => {
    const { index, name, summary } = candidate;
    const inputId = `${id}-${index}`;
    const toggle = (event) => {
      if (event.target.checked) chosen.add(index);
      else chosen.delete(index);
      update();
    };
    const input = h('input', { type: 'checkbox', id: inputId, 'aria-describedby': summary ? inputId + '-hint' : null, on: { change: toggle } });
    const label = h('label', { for: inputId }, name);
    const hint = summary && h('p', { class: 'hint', id: inputId + '-hint' }, summary);
    return { name, element: h('li', { class: 'option' }, h('div', { class: 'choice' }, input, label, hint), statement(candidate)) };
  });
  update();
  const find = finder(`${id}-find`, rows.length, () => rows, say);
  const list = h('ul', { class: 'options' }, rows.map(({ element }) => element));
  const element = h('div', { class: 'flow', role: 'group', 'aria-labelledby': 'booth-title', id, tabindex: '-1' }, find?.element, list);
  const blank = () => chosen.size === 0 && (page.blank || page.min === 0);
  return {
    element,
    status: count,
    problems() {
      if (chosen.size > page.max) {
        return [{ message: `You approved ${chosen.size}; this question allows ${page.max}. Untick ${chosen.size - page.max}.`, target: id }];
      }
      if (chosen.size < page.min && !blank()) {
        return [{ message: `Choose at least ${page.min}; you chose ${chosen.size}.`, target: id }];
      }
      return [];
    },
    plain: () => zeroOnes(page, chosen),
    words: () => namesInWords(page, chosen, 'Nobody.', 'not approved'),
    warnings: () => (blank() ? ['You have approved nobody. That is allowed: it counts as a blank answer.'] : []),
  };
}

function singleView(page, { id }) {
  const BLANK = page.candidates.length;
  const blankName = page.kind === 'yes_no_abstain' ? 'Abstain' : 'None of these (blank answer)';
  const canLeaveBlank = page.blank || page.min === 0;
  let chosen = null;
  const radio = (index, name, candidate) => {
    const inputId = `${id}-${index}`;
    const choose = () => (chosen = index);
    const input = h('input', { type: 'radio', name: id, id: inputId, on: { change: choose } });
    const hint = candidate?.summary ? h('p', { class: 'hint', id: inputId + '-hint' }, candidate.summary) : null;
    if (hint) input.setAttribute('aria-describedby', hint.id);
    const choice = h('div', { class: 'choice' }, input, h('label', { for: inputId }, name), hint);
    return h('div', { class: 'option' }, choice, candidate && statement(candidate));
  };
  const radios = ordered(page).map((candidate) => radio(candidate.index, candidate.name, candidate));
  if (canLeaveBlank) radios.push(radio(BLANK, blankName, null));
  const legend = h('legend', { class: 'hidden-text' }, page.title);
  const element = h('fieldset', { id, tabindex: '-1' }, legend, h('div', { class: 'options' }, radios));
  const set = () => new Set(chosen === null || chosen === BLANK ? [] : [chosen]);
  return {
    element,
    status: null,
    problems: () => (chosen === null ? [{ message: `Choose one answer to “${page.title}”.`, target: `${id}-${page.order[0]}` }] : []),
    plain: () => zeroOnes(page, set()),
    words: () => namesInWords(page, set(), blankName, ''),
    warnings: () => [],
  };
}

const VIEWS = {
  approval: approvalView,
  single_choice: singleView,
  yes_no_abstain: singleView,
  ranking: rankingView,
  star: scoresView,
  score: scoresView,
  grades: gradesView,
};

/** The view of a page of the booth. `id` is unique on the page; `say` announces to screen readers. */
export function questionView(page, { id, say }) {
  return VIEWS[page.kind](page, { id, say });
}
