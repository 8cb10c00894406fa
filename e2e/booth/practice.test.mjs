import assert from 'node:assert/strict';
import test from 'node:test';
import { recordInWords, repeatPractice, sealPractice } from '../../static/booth/practice.mjs';
import { CREDENTIALS, approval, electionText, missing, ranking, referenceVerdicts } from './fixtures.mjs';

const [code] = CREDENTIALS;
const SEED = 'ab'.repeat(32);
const TEXT = electionText('Ed25519', [approval(3, 0, 3, true), ranking(3)]);

test('a practice ballot is a proper ballot and its record makes it again', async () => {
  const record = await sealPractice(TEXT, code, [[0, 1, 0, 1], [1, 2, 0]], SEED);
  if (!missing('python3')) assert.deepEqual(referenceVerdicts(TEXT, [record.ballot]), ['ok']);
  assert.ok(await repeatPractice(JSON.parse(JSON.stringify(record))));
  const other = await sealPractice(TEXT, code, [[0, 1, 0, 1], [1, 2, 0]]);
  assert.notEqual(other.ballot, record.ballot, 'every seed gives another ballot');
});

test('a record that lies about the choices is found out', async () => {
  const record = await sealPractice(TEXT, code, [[0, 1, 0, 1], [1, 2, 0]], SEED);
  assert.equal(await repeatPractice({ ...record, choices: [[0, 1, 1, 0], [1, 2, 0]] }), false);
  assert.equal(await repeatPractice({ ...record, seed: 'cd'.repeat(32) }), false);
  await assert.rejects(repeatPractice({ ...record, seed: 'short' }), /64 hex/);
});

test('choices are told in words', async () => {
  const record = await sealPractice(TEXT, code, [[1, 0, 0, 0], [1, 2, 0]], SEED);
  const [first, second] = await recordInWords(record);
  assert.deepEqual(first.lines, ['Blank vote']);
  assert.equal(second.lines.length, 3);
});
