// Reads the document that drives the booth (README.md, "The booth document") and ties it to the election object.
// Names of candidates and questions always come from the election object, which the ballot commits to; the document
// may only add what helps to choose: statements, the kind of controls, addresses.

import { ensure, parseCanonical } from './hash.mjs';
import { pinnedVerifierKey } from './receipt.mjs';
import { displayOrder } from './order.mjs';

export const BOOTH_FORMAT = 'folkmoot-booth-1';
const HOMOMORPHIC = new Set(['approval', 'single_choice', 'yes_no_abstain', 'score']);
const RANKED = new Set(['ranking', 'star', 'grades']);
const MAX_STATEMENT = 200;

function readShape(question) {
  if (question.type === undefined) return { homomorphic: true, ...question };
  ensure(question.type === 'NonHomomorphic', 'document', 'This election has a question that this page cannot show.');
  return { homomorphic: false, ...question.value };
}

/** Candidates of an item: [{ name, summary, statement: [paragraph], url }], in the order of the election object. */
function readCandidates(item, names) {
  const extras = item.candidates ?? [];
  ensure(extras.length === 0 || extras.length === names.length, 'document', 'The statements do not fit the candidates.');
  return names.map((name, i) => {
    const { summary = '', statement = [], url = null } = extras[i] ?? {};
    return { name, summary: String(summary), statement: statement.slice(0, MAX_STATEMENT).map(String), url: localUrl(url) };
  });
}

/** Addresses stay on this site: a path, or nothing. */
function localUrl(url) {
  if (url === null || url === undefined) return null;
  const good = typeof url === 'string' && /^\/(?![/\\])/.test(url);
  ensure(good, 'document', 'An address in the election document leads away from this site.');
  return url;
}

/** One page of the booth. `shapes` are the questions it covers. */
function readItem(item, shapes) {
  const homomorphic = HOMOMORPHIC.has(item.kind);
  ensure(homomorphic || RANKED.has(item.kind), 'document', 'This election has a question that this page cannot show.');
  ensure(shapes.every((shape) => shape.homomorphic === homomorphic), 'document', 'A question is described as another kind than it is.');
  const perCandidate = item.kind === 'score';
  ensure(perCandidate || shapes.length === 1, 'document', 'A question is described in the wrong way.');
  const [first] = shapes;
  const names = perCandidate ? shapes.map((shape) => shape.question) : first.answers;
  const page = {
    kind: item.kind,
    title: perCandidate ? String(item.title ?? 'Score each candidate') : first.question,
    method: String(item.method ?? ''),
    candidates: readCandidates(item, names),
    shuffle: item.shuffle !== false && item.kind !== 'yes_no_abstain',
    count: shapes.length,
  };
  if (perCandidate) {
    const top = first.answers.length - 1;
    const regular = shapes.every(({ answers, min, max, blank }) => answers.length === top + 1 && min === 1 && max === 1 && !blank);
    ensure(regular, 'document', 'A question is described in the wrong way.');
    page.top = top;
  } else if (homomorphic) {
    Object.assign(page, { min: first.min, max: first.max, blank: first.blank === true });
    const single = item.kind === 'approval' || first.max === 1;
    ensure(single, 'document', 'A question is described as another kind than it is.');
  } else if (item.kind === 'star') {
    page.top = item.top ?? 5;
    ensure(Number.isInteger(page.top) && page.top >= 1 && page.top <= 100, 'document', 'The scale of scores is impossible.');
  } else if (item.kind === 'grades') {
    page.grades = (item.grades ?? []).map(String);
    ensure(page.grades.length >= 2 && page.grades.length <= 20, 'document', 'The grades are missing.');
  } else {
    page.maxRanks = Math.min(item.max_ranks ?? names.length, names.length);
    ensure(Number.isInteger(page.maxRanks) && page.maxRanks >= 1, 'document', 'The number of ranks is impossible.');
  }
  return page;
}

/**
 * Checks the document and returns what the booth works with: { electionText, election, pages, logKey, logOrigin,
 * credential, cast, urls, closes, previous, mailsReceipt, help }. Each page has `order`, the voter's own order of candidates.
 */
export async function readBoothDocument(document) {
  ensure(document?.format === BOOTH_FORMAT, 'document', 'The election could not be loaded in a form that this page understands.');
  const election = parseCanonical(document.election, 'election');
  const pinned = pinnedVerifierKey(election.description);
  ensure(pinned !== null, 'log_key', 'The election does not name the key of its ballot box, so receipts could not be checked.');
  ensure(pinned === document.log.key, 'log_key', 'The ballot box has another key than the election names.');
  ensure(String(document.log.origin).endsWith('/' + election.uuid), 'log_key', 'The ballot box belongs to another election.');

  const shapes = election.questions.map(readShape);
  const pages = [];
  let next = 0;
  for (const [i, item] of document.pages.entries()) {
    const count = item.kind === 'score' ? item.count : 1;
    ensure(Number.isInteger(count) && count > 0, 'document', 'A question is described in the wrong way.');
    const page = readItem(item, shapes.slice(next, next + count));
    const n = page.candidates.length;
    page.order = page.shuffle ? await displayOrder(document.order_seed, i, n) : Array.from({ length: n }, (_, k) => k);
    pages.push(page);
    next += count;
  }
  ensure(next === shapes.length && pages.length > 0, 'document', 'Not every question of the election is described.');
  const { finish = '/', lost_code: lostCode = null, check = null } = document.urls ?? {};
  return {
    electionText: document.election,
    election,
    pages,
    logKey: document.log.key,
    logOrigin: document.log.origin,
    credential: document.credential ?? null,
    cast: { url: localUrl(document.cast.url), csrf: String(document.cast.csrf) },
    urls: { finish: localUrl(finish), lostCode: localUrl(lostCode), check: localUrl(check) },
    closes: document.closes ?? null,
    previous: document.previous ? { castAt: document.previous.cast_at ?? null, trackers: (document.previous.trackers ?? []).map(String) } : null,
    mailsReceipt: document.mails_receipt === true,
    help: document.help ? { text: String(document.help.text), url: localUrl(document.help.url) } : null,
  };
}
