// Parts that several kinds of questions share.

import { button, h, hidden, plural } from './dom.mjs';

const FIND_FROM = 9;

/** The candidate's statement behind a summary line, or null. */
export function statement({ name, statement: paragraphs, url }) {
  if (paragraphs.length === 0 && url === null) return null;
  return h(
    'details',
    {},
    h('summary', {}, 'Statement', hidden(` of ${name}`)),
    paragraphs.map((text) => h('p', {}, text)),
    url && h('p', {}, h('a', { href: url, target: '_blank', rel: 'noopener' }, `Page of ${name}`, hidden(' (opens in a new tab)'))),
  );
}

/** Find-by-name for long lists; rows: () => [{ element, name }]. Null for short ones. */
export function finder(id, count, rows, say) {
  if (count < FIND_FROM) return null;
  const input = h('input', { type: 'search', id, autocomplete: 'off', spellcheck: 'false' });
  const fold = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const filter = () => {
    const wanted = fold(input.value.trim());
    let shown = 0;
    for (const { element, name } of rows()) {
      element.hidden = wanted !== '' && !fold(name).includes(wanted);
      if (!element.hidden) shown++;
    }
    if (wanted !== '') say(`${plural(shown, 'name')} found`);
  };
  const clear = () => {
    input.value = '';
    filter();
    input.focus();
  };
  input.addEventListener('input', filter);
  const field = h('div', { class: 'field' }, h('label', { for: id }, 'Find by name'), input);
  const element = h('div', { class: 'search' }, field, button('Show all', clear, { class: 'secondary' }));
  return { element, filter };
}
