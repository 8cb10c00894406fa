// Building pages from text only: nothing here, or in any module that uses it, parses markup.

const PROPERTIES = new Set(['checked', 'value', 'hidden', 'selected']);

/** An element with attributes, listeners ({ on: { click } }) and children (nodes or texts; null is left out). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (PROPERTIES.has(name)) {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Text for screen readers only. */
export const hidden = (text) => h('span', { class: 'hidden-text' }, text);

/** A button that does something on this page. */
export function button(label, onClick, attributes = {}) {
  return h('button', { type: 'button', ...attributes, on: { click: onClick } }, label);
}

/** A live region; say(text) makes screen readers speak, also when the text repeats. */
export function announcer() {
  const element = h('p', { class: 'hidden-text', role: 'status', 'aria-live': 'polite' });
  let odd = false;
  const say = (text) => {
    odd = !odd;
    element.textContent = odd ? text : text + '\u00a0';
  };
  return { element, say };
}

/** The summary at the top of a page that lists what is wrong: [{ message, target? }], target an element id. */
export function errorSummary(problems) {
  return h(
    'div',
    { class: 'error-summary', role: 'alert', tabindex: '-1', id: 'error-summary' },
    h('h2', {}, 'There is a problem'),
    h(
      'ul',
      {},
      problems.map(({ message, target }) => h('li', {}, target ? h('a', { href: '#' + target, on: { click: focusTarget } }, message) : message)),
    ),
  );
}

/** Follows an in-page link without touching the address, which may not carry anything. */
function focusTarget(event) {
  event.preventDefault();
  const target = document.getElementById(event.currentTarget.getAttribute('href').slice(1));
  target?.scrollIntoView({ block: 'center' });
  target?.focus({ preventScroll: true });
}

/** A tracker or fingerprint in groups of four. The groups join without spaces when copied by code. */
export function inGroups(text) {
  const groups = text.match(/.{1,4}/g) ?? [];
  return h('code', { class: 'tracker', translate: 'no' }, groups.map((group) => h('span', {}, group)));
}

/** Offers text as a file. */
export function download(name, text, type = 'text/plain') {
  const url = URL.createObjectURL(new Blob([text], { type: type + ';charset=utf-8' }));
  const link = h('a', { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** An instant as the voter's own date and time, with UTC. */
export function instant(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return String(iso);
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' }).format(date);
  const utc = date.toISOString().slice(0, 16).replace('T', ' ');
  return h('time', { datetime: date.toISOString() }, `${local} (${utc} UTC)`);
}

/** "1 candidate", "2 candidates". */
export function plural(n, one, many = one + 's') {
  return `${n} ${n === 1 ? one : many}`;
}

/** POSTs JSON and returns { status, body }; throws a TypeError or AbortError when there is no answer. */
export async function postJson(url, csrf, value, timeoutMs = 60_000) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'x-csrf-token': csrf },
      body: JSON.stringify(value),
      credentials: 'same-origin',
      redirect: 'error',
      cache: 'no-store',
      signal: abort.signal,
    });
    const body = await response.json().catch(() => null);
    return { status: response.status, body };
  } finally {
    clearTimeout(timer);
  }
}

/** GETs JSON of our own server. */
export async function getJson(url) {
  const response = await fetch(url, { headers: { accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store' });
  const body = await response.json().catch(() => null);
  return { status: response.status, body };
}
