// Ranking: two lists, "Your ranking" and "Not ranked". Everything works with buttons and a position list; dragging is
// an extra for mouse and touch. Nothing moves unless the voter moves it.

import { finder, statement } from './candidates.mjs';
import { button, h, hidden } from './dom.mjs';

export function rankingView(page, { id, say }) {
  let ranking = [];
  const past = [];
  const rankedList = h('ol', { class: 'rank', id: `${id}-ranked`, 'aria-label': 'Your ranking' });
  const restList = h('ul', { class: 'options', id: `${id}-rest`, 'aria-label': 'Not ranked' });
  const count = h('p', { class: 'count', role: 'status' });
  const name = (index) => page.candidates[index].name;
  let restRows = [];

  /** Puts a new ranking in place, remembers the old one, tells what happened and keeps the focus where it was. */
  function change(next, message, focusKeys) {
    past.push(ranking);
    ranking = next;
    render();
    say(message);
    for (const key of focusKeys) {
      const target = element.querySelector(`[data-key="${key}"]`);
      if (target !== null) return target.focus();
    }
  }

  const placed = (index) => `${name(index)} is now ${ranking.indexOf(index) + 1} of ${ranking.length}`;

  function moveTo(index, place, focusKeys) {
    const next = ranking.filter((other) => other !== index);
    next.splice(place, 0, index);
    change(next, '', focusKeys);
    say(placed(index));
  }

  function add(index) {
    if (ranking.length >= page.maxRanks) return say(`You can rank at most ${page.maxRanks}.`);
    const place = restRows.findIndex((row) => row.index === index);
    const follower = restRows[place + 1] ?? restRows[place - 1];
    change([...ranking, index], '', [follower && `add-${follower.index}`, `place-${index}`]);
    say(placed(index));
  }

  function remove(index) {
    change(ranking.filter((other) => other !== index), `${name(index)} is no longer ranked`, [`add-${index}`]);
  }

  function undo() {
    if (past.length === 0) return say('Nothing to undo');
    ranking = past.pop();
    render();
    say(`Undone. ${ranking.length} ranked`);
  }

  function rankedRow(index, place) {
    const label = (verb) => [verb, hidden(` ${name(index)}`)];
    const control = (key, verb, act) => button(label(verb), act, { class: 'secondary small', 'data-key': `${key}-${index}` });
    const selectId = `${id}-place-${index}`;
    const choose = (event) => moveTo(index, Number(event.target.value) - 1, [`place-${index}`]);
    const options = ranking.map((_, i) => h('option', { value: String(i + 1), selected: i === place }, String(i + 1)));
    return h(
      'li',
      { 'data-index': index },
      h('span', { class: 'place', 'aria-hidden': 'true' }, String(place + 1)),
      h('span', { class: 'handle', 'aria-hidden': 'true', title: 'Drag to move' }, '⠿'),
      h('span', { class: 'name' }, name(index)),
      h('label', { for: selectId, class: 'hidden-text' }, `Position of ${name(index)}`),
      h('select', { id: selectId, class: 'w-2', 'data-key': `place-${index}`, on: { change: choose } }, options),
      place > 0 ? control('up', 'Up', () => moveTo(index, place - 1, [`up-${index}`, `place-${index}`])) : null,
      place < ranking.length - 1 ? control('down', 'Down', () => moveTo(index, place + 1, [`down-${index}`, `place-${index}`])) : null,
      control('remove', 'Remove', () => remove(index)),
    );
  }

  function restRow(index) {
    const candidate = page.candidates[index];
    const adder = button(['Rank', hidden(` ${candidate.name}`)], () => add(index), { class: 'secondary small', 'data-key': `add-${index}` });
    const line = h('div', { class: 'actions' }, h('strong', {}, candidate.name), adder);
    const summary = candidate.summary && h('p', { class: 'hint' }, candidate.summary);
    return { index, name: candidate.name, element: h('li', { class: 'option' }, line, summary, statement(candidate)) };
  }

  function render() {
    const open = new Set(restRows.filter(({ element: row }) => row.querySelector('details')?.open).map(({ index }) => index));
    rankedList.replaceChildren(...ranking.map(rankedRow));
    restRows = page.order.filter((index) => !ranking.includes(index)).map(restRow);
    for (const { index, element: row } of restRows) if (open.has(index)) row.querySelector('details').open = true;
    restList.replaceChildren(...restRows.map(({ element: row }) => row));
    find?.filter();
    empty.hidden = ranking.length > 0;
    full.hidden = restRows.length > 0;
    count.textContent = `${ranking.length} of ${page.candidates.length} ranked`;
  }

  const empty = h('p', { class: 'hint' }, 'Nobody yet. Use “Rank” beside a name, your first choice first.');
  const full = h('p', { class: 'hint' }, 'Everybody is ranked.');
  const find = finder(`${id}-find`, page.candidates.length, () => restRows, say);
  const element = h(
    'div',
    { class: 'flow', id, tabindex: '-1' },
    h('h2', {}, 'Your ranking'),
    empty,
    rankedList,
    h('div', { class: 'actions' }, button('Undo', undo, { class: 'secondary small', 'data-key': 'undo' })),
    h('h2', {}, 'Not ranked'),
    h('p', { class: 'hint' }, 'Whoever you do not rank counts as below everybody you rank, all equal among themselves.'),
    find?.element,
    full,
    restList,
  );
  dragging(rankedList, (index, place) => moveTo(index, place, [`place-${index}`]));
  render();

  return {
    element,
    status: count,
    problems: () => [],
    plain: () => [page.candidates.map((_, i) => ranking.indexOf(i) + 1)],
    words: () => ({
      lines: ranking.map((index) => ({ text: name(index) })),
      ordered: true,
      remark: ranking.length === 0 ? 'Nobody.' : restRows.length > 0 ? `${restRows.length} not ranked` : '',
    }),
    warnings: () => (ranking.length === 0 ? ['You have ranked nobody. That is allowed: it counts as a blank answer.'] : []),
  };
}

/** Moves rows of `list` with mouse, pen or touch at their handle; drop(index, place) is called once at the end. */
function dragging(list, drop) {
  let row = null;
  let original = [];
  list.addEventListener('pointerdown', (event) => {
    if (!event.target.classList.contains('handle') || event.button !== 0) return;
    event.preventDefault();
    row = event.target.closest('li');
    original = [...list.children];
    row.classList.add('dragging');
    list.setPointerCapture(event.pointerId);
  });
  list.addEventListener('pointermove', (event) => {
    if (row === null) return;
    const next = [...list.children].find((other) => {
      const { top, height } = other.getBoundingClientRect();
      return other !== row && event.clientY < top + height / 2;
    });
    if (row.nextElementSibling !== (next ?? null)) list.insertBefore(row, next ?? null);
  });
  const finish = (event) => {
    if (row === null) return;
    const moved = row;
    const place = [...list.children].indexOf(moved);
    row = null;
    moved.classList.remove('dragging');
    if (event.type === 'pointerup' && place !== original.indexOf(moved)) drop(Number(moved.dataset.index), place);
    else list.replaceChildren(...original);
  };
  list.addEventListener('pointerup', finish);
  list.addEventListener('pointercancel', finish);
}
