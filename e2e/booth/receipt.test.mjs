import assert from 'node:assert/strict';
import test from 'node:test';
import { openNote, pinnedVerifierKey, readVerifierKey, verifyReceipt } from '../../static/booth/receipt.mjs';
import { BOX, auditPath, logKey, receiptText, sha, treeHash } from './ballot-box.mjs';

const NAME = BOX;
const payload = (i) => sha(`ballot ${i}`).toString('hex');
const tracker = (i) => sha(`ballot ${i}`).toString('base64').slice(0, 43);
const event = (i) => JSON.stringify({ parent: '0'.repeat(64), height: i, type: 'Ballot', payload: payload(i) });

async function receipt(index, size, key, { origin = NAME, leaf, shownEvent, shownIndex, root } = {}) {
  const leaves = Array.from({ length: size }, (_, i) => event(i));
  if (leaf !== undefined) leaves[index] = leaf;
  const parts = { event: shownEvent ?? leaves[index], index: shownIndex ?? index, origin, size };
  return receiptText({ ...parts, path: auditPath(index, leaves), root: root ?? treeHash(leaves) }, key);
}

test('receipts of every position in trees of up to 20 events are accepted', async () => {
  const key = await logKey();
  for (let size = 1; size <= 20; size++) {
    for (let index = 0; index < size; index++) {
      const text = await receipt(index, size, key);
      const verified = await verifyReceipt(text, { verifierKey: key.line, tracker: tracker(index) });
      assert.deepEqual([verified.index, verified.size], [index, size]);
    }
  }
});

test('a lying server is refused, each lie by its own reason', async () => {
  const key = await logKey();
  const other = await logKey(NAME, 8);
  const good = await receipt(3, 7, key);
  const check = (text, what = {}) => verifyReceipt(text, { verifierKey: key.line, tracker: tracker(3), ...what });
  await check(good);
  const lines = good.split('\n');
  const changed = (i, text) => lines.map((line, k) => (k === i ? text : line)).join('\n');
  const lies = [
    ['another ballot', async () => check(good, { tracker: tracker(2) }), 'receipt_tracker'],
    ['signed by somebody else', async () => check(await receipt(3, 7, other)), 'receipt_signature'],
    ['signed under another name', async () => check(await receipt(3, 7, await logKey('evil.example'))), 'receipt_signature'],
    ['another log', async () => check(await receipt(3, 7, key, { origin: 'vote.example/e/other' })), 'receipt_origin'],
    ['an expected log that it is not', async () => check(good, { origin: 'vote.example/e/else' }), 'receipt_origin'],
    ['a root that does not contain the ballot', async () => check(await receipt(3, 7, key, { root: sha('x') })), 'receipt_inclusion'],
    ['an event that is not in the tree', async () => check(await receipt(3, 7, key, { shownEvent: event(4) })), 'receipt_inclusion'],
    ['another position', async () => check(await receipt(3, 7, key, { shownIndex: 2 })), 'receipt_inclusion'],
    ['a position beyond the end', async () => check(await receipt(3, 7, key, { shownIndex: 7 })), 'receipt'],
    ['an event of another height', async () => check(await receipt(3, 7, key, { leaf: event(5) }), { tracker: tracker(5) }), 'receipt'],
    ['an event that is no ballot', async () => check(await receipt(3, 7, key, { leaf: event(3).replace('Ballot', 'Result') })), 'receipt'],
    ['an event that is not canonical', async () => check(await receipt(3, 7, key, { leaf: event(3) + ' ' })), 'json'],
    ['a shortened path', async () => check(lines.filter((_, i) => i !== 3).join('\n')), 'receipt'],
    ['a lengthened path', async () => check([...lines.slice(0, 4), lines[3], ...lines.slice(4)].join('\n')), 'receipt'],
    ['a changed path', async () => check(changed(3, sha('y').toString('base64'))), 'receipt_inclusion'],
    ['a changed size', async () => check(good.replace('\n7\n', '\n8\n')), 'receipt_signature'],
    ['no signature', async () => check(good.slice(0, good.indexOf('\n\u2014') + 1)), 'receipt'],
    ['another kind', async () => check(changed(0, 'c2sp.org/tlog-proof@v2')), 'receipt'],
    ['nothing', async () => check(''), 'receipt'],
    ['no text', async () => check(undefined), 'receipt'],
    ['a key that does not fit its id', async () => check(good, { verifierKey: key.line.replace(/\+[0-9a-f]/, (c) => (c === '+0' ? '+1' : '+0')) }), 'log_key'],
  ];
  for (const [what, lie, code] of lies) await assert.rejects(lie, { code }, what);
});

test('the published signed-note example verifies, and not with a changed text', async () => {
  const key = await readVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  const text = 'If you think cryptography is the answer to your problem,\nthen you don\'t know what your problem is.\n';
  const signature = '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=';
  assert.equal(await openNote(`${text}\n${signature}\n`, key), text);
  await assert.rejects(openNote(`${text.replace('If', 'if')}\n${signature}\n`, key), { code: 'receipt_signature' });
});

test('the ballot box key is taken from the description only when it is there exactly once', async () => {
  const { line } = await logKey();
  assert.equal(pinnedVerifierKey(`Vote for the board.\nBallot box key: ${line}\n`), line);
  assert.equal(pinnedVerifierKey('Vote for the board.'), null);
  assert.equal(pinnedVerifierKey(`${line} ${line.replace('vote', 'evil')}`), null);
});
