import assert from 'node:assert/strict';
import test from 'node:test';
import { auditArchive, ensureReadyToDecrypt, ensureReadyToShuffle } from '../../static/booth/audit.mjs';
import { CREDENTIALS, approval, missing, ranking } from './fixtures.mjs';
import { folkmootArchive, noFolkmoot, referenceArchive, runElection, toolArchive } from './whole-election.mjs';

const python = missing('python3');
const tool = missing('belenios-tool', '--version');

const H = { questions: [approval(3, 0, 2)], votes: [[0, [[1, 1, 0]]], [1, [[0, 0, 1]]], [0, [[0, 1, 0]]]], result: [[0, 1, 1]] };
const BLANK = { questions: [approval(2, 1, 1, true)], votes: [[0, [[1, 0, 0]]], [2, [[0, 0, 1]]]], result: [[1, 0, 1]] };
const RANKED = {
  questions: [ranking(4), approval(2, 0, 2)],
  votes: [[0, [[1, 2, 3, 4], [1, 1]]], [1, [[4, 3, 2, 1], [0, 1]]], [2, [[0, 0, 0, 0], [0, 0]]], [1, [[2, 1, 0, 9], [1, 0]]]],
  result: [[[0, 0, 0, 0], [1, 2, 3, 4], [2, 1, 0, 9]], [2, 1]],
};

/** [name, group, election, trustees, further options] */
const ELECTIONS = [
  ['one trustee', 'Ed25519', H, ['single'], {}],
  ['blank, three trustees', 'Ed25519', BLANK, ['single', 'single', 'single'], {}],
  ['threshold 2 of 3', 'Ed25519', H, [[2, 3]], { decrypters: [1, 3] }],
  ['a single trustee beside 3 of 4', 'Ed25519', H, ['single', [3, 4]], { decrypters: [1, 2, 4, 5] }],
  ['threshold 1 of 1', 'Ed25519', H, [[1, 1]], {}],
  ['weights', 'Ed25519', H, ['single'], { weights: [2, 5, 1], result: [[0, 2, 5]] }],
  ['nobody voted', 'Ed25519', { ...H, votes: [], result: [[0, 0, 0]] }, ['single'], {}],
  ['rankings', 'Ed25519', RANKED, ['single', [2, 3]], { shufflers: [1, 2, 3], decrypters: [1, 3, 4] }],
  ['rankings, nobody voted', 'Ed25519', { ...RANKED, votes: [], result: [[], [0, 0]] }, ['single'], {}],
  ['rankings, one ballot', 'Ed25519', { ...RANKED, votes: RANKED.votes.slice(0, 1), result: [[[1, 2, 3, 4]], [1, 1]] }, ['single'], {}],
  ['two trustees', 'BELENIOS-2048', H, ['single', 'single'], {}],
  ['blank and weights', 'BELENIOS-2048', BLANK, ['single'], { weights: [3, 1, 1], result: [[3, 0, 1]] }],
  ['threshold 2 of 3', 'BELENIOS-2048', H, [[2, 3]], { decrypters: [2, 3] }],
  ['rankings', 'RFC-3526-2048', RANKED, ['single'], {}],
];

for (const [name, groupName, { questions, votes, result }, trustees, options] of ELECTIONS) {
  test(`${groupName}: ${name}, made in JavaScript and verified by others`, async (t) => {
    const run = await runElection({ groupName, questions, votes, trustees, codes: CREDENTIALS, ...options });
    const sorted = run.result.map((row) => (Array.isArray(row[0]) ? row.toSorted() : row));
    assert.deepEqual(sorted, options.result ?? result);
    const own = await auditArchive(run.archive);
    assert.equal(own.phase, 'Result');
    await t.test('reference verifier', { skip: python }, async () => {
      const { accepted, output } = await referenceArchive(run.archive);
      assert.ok(accepted, output);
    });
    await t.test('folkmoot verify', { skip: noFolkmoot }, async () => {
      const { accepted, output } = await folkmootArchive(run.archive);
      assert.ok(accepted, output);
      assert.deepEqual(JSON.parse(output).result, run.result);
    });
    if (groupName === 'Ed25519') return; // belenios-tool 2.0 does not know it
    await t.test('belenios-tool', { skip: tool }, async () => {
      const { accepted, output } = await toolArchive(run.archive);
      assert.ok(accepted, output);
    });
  });
}

test('the other verifiers notice a changed archive, so their agreement means something', { skip: python || tool }, async () => {
  const run = await runElection({ groupName: 'BELENIOS-2048', ...H, trustees: ['single'], codes: CREDENTIALS });
  const changed = Buffer.from(run.archive);
  const at = changed.indexOf('"individual_proofs"') + 60;
  changed[at] = changed[at] === 0x31 ? 0x32 : 0x31;
  assert.ok(!(await referenceArchive(changed)).accepted);
  assert.ok(!(await toolArchive(changed)).accepted);
  await assert.rejects(auditArchive(new Uint8Array(changed)));
  if (!noFolkmoot) assert.ok(!(await folkmootArchive(changed)).accepted);
});

test('a trustee shuffles and decrypts only at the right moment and once', async () => {
  const ranked = await runElection({ groupName: 'Ed25519', ...RANKED, trustees: ['single', 'single'], codes: CREDENTIALS });
  const state = await auditArchive(ranked.before);
  assert.deepEqual(state.decryptedBy, [1, 2]);
  assert.throws(() => ensureReadyToDecrypt(state, 1), { code: 'repeated' });
  assert.throws(() => ensureReadyToShuffle(state, 2), { code: 'phase' });
  const finished = await auditArchive(ranked.archive);
  assert.throws(() => ensureReadyToDecrypt(finished, 1), { code: 'phase' });
  const shuffled = { ...state, phase: 'Shuffle' };
  assert.throws(() => ensureReadyToShuffle(shuffled, 1), { code: 'repeated' });
  ensureReadyToShuffle(shuffled, 2);
  assert.throws(() => ensureReadyToDecrypt(shuffled, 2), { code: 'phase' });
  ensureReadyToDecrypt({ ...state, phase: 'EndShuffles', decryptedBy: [] }, 2);
});
