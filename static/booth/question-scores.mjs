// Scores (STAR, or one homomorphic question per candidate) and grades (majority judgment): one group of radio buttons
// per candidate.

import { finder, statement } from './candidates.mjs';
import { h, hidden, plural } from './dom.mjs';

/**
 * A fieldset of radios per candidate. `labels` are the values' names, `initial` the value chosen at first or null,
 * `set(index, value)` is called on every choice.
 */
function radioRows(page, id, labels, initial, set) {
  return page.order.map((index) => {
    const candidate = page.candidates[index];
    const radios = labels.map((label, value) =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name: `${id}-${index}`,
          id: `${id}-${index}-${value}`,
          checked: value === initial,
          on: { change: () => set(index, value) },
        }),
        h('span', {}, label),
      ),
    );
    const element = h(
      'fieldset',
      { class: 'option' },
      h('legend', {}, candidate.name),
      candidate.summary && h('p', { class: 'hint' }, candidate.summary),
      h('div', { class: 'scores' }, radios),
      statement(candidate),
    );
    return { name: candidate.name, element };
  });
}

/** The parts that scores and grades share: find-by-name, rows, and the count below. */
function layout(page, id, say, rows, intro) {
  const find = finder(`${id}-find`, rows.length, () => rows, say);
  const list = h('div', { class: 'options' }, rows.map(({ element }) => element));
  return h('div', { class: 'flow', id, tabindex: '-1' }, h('p', { class: 'hint' }, intro), find?.element, list);
}

export function scoresView(page, { id, say }) {
  const scores = page.candidates.map(() => 0);
  const touched = new Set();
  const count = h('p', { class: 'count', role: 'status' });
  const update = () => {
    const rest = page.candidates.length - touched.size;
    count.textContent = `${touched.size} of ${page.candidates.length} scored${rest > 0 ? ' – the others count as 0' : ''}`;
  };
  const labels = Array.from({ length: page.top + 1 }, (_, value) => (value === 0 ? ['0', hidden(' (not scored)')] : String(value)));
  const rows = radioRows(page, id, labels, 0, (index, value) => {
    scores[index] = value;
    touched.add(index);
    update();
  });
  update();
  const intro = `0 is lowest and ${page.top} is highest. You may give several candidates the same score.`;
  return {
    element: layout(page, id, say, rows, intro),
    status: count,
    problems: () => [],
    plain: () =>
      page.kind === 'star'
        ? [scores.slice()]
        : scores.map((score) => Array.from({ length: page.top + 1 }, (_, value) => (value === score ? 1 : 0))),
    words: () => {
      const lines = page.candidates
        .map(({ name }, i) => ({ text: name, detail: String(scores[i]), score: scores[i] }))
        .filter(({ score }) => score > 0)
        .sort((a, b) => b.score - a.score);
      const zeros = page.candidates.length - lines.length;
      const none = 'Everybody gets 0.';
      return { lines, ordered: false, remark: lines.length === 0 ? none : zeros > 0 ? `${plural(zeros, 'candidate')} with 0` : '' };
    },
    warnings: () =>
      new Set(scores).size === 1 && scores.length > 1
        ? ['All candidates have the same score, so this answer cannot help any of them.']
        : [],
  };
}

export function gradesView(page, { id, say }) {
  const grades = page.candidates.map(() => null);
  const count = h('p', { class: 'count', role: 'status' });
  const given = () => grades.filter((grade) => grade !== null).length;
  const update = () => {
    count.textContent = `${given()} of ${page.candidates.length} graded`;
  };
  const rows = radioRows(page, id, page.grades, null, (index, value) => {
    grades[index] = value;
    update();
  });
  update();
  const best = page.grades[0];
  const worst = page.grades[page.grades.length - 1];
  const intro = `Grade everybody, from ${best} to ${worst}; or nobody, for a blank answer.`;
  return {
    element: layout(page, id, say, rows, intro),
    status: count,
    problems() {
      const missing = page.order.filter((index) => grades[index] === null);
      if (missing.length === 0 || missing.length === grades.length) return [];
      return missing.map((index) => ({
        message: `Choose a grade for ${page.candidates[index].name}.`,
        target: `${id}-${index}-0`,
      }));
    },
    plain: () => [grades.map((grade) => (grade === null ? 0 : grade + 1))],
    words: () => ({
      lines: page.candidates.flatMap(({ name }, i) => (grades[i] === null ? [] : [{ text: name, detail: page.grades[grades[i]] }])),
      ordered: false,
      remark: given() === 0 ? 'Nobody.' : '',
    }),
    warnings: () => (given() === 0 ? ['You have graded nobody. That is allowed: it counts as a blank answer.'] : []),
  };
}
