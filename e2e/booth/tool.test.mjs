// Elections in which belenios-tool 2.0 and this code each do half of every step.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { auditArchive } from '../../static/booth/audit.mjs';
import { deriveCredential, makeBallot, readElection } from '../../static/booth/belenios.mjs';
import { groupNamed } from '../../static/booth/group.mjs';
import { makePartialDecryption, makeShuffle, makeSingleKey } from '../../static/booth/trustee.mjs';
import { verifyBallot } from '../../static/booth/verify.mjs';
import { CREDENTIALS, approval, missing, ranking } from './fixtures.mjs';
import { inDirectory, referenceArchive } from './whole-election.mjs';

const skip = missing('belenios-tool', '--version');

/** belenios-tool in a directory. */
class Tool {
  constructor(directory, groupName, uuid) {
    Object.assign(this, { directory, groupName, uuid });
  }

  run(args, input = '') {
    const env = { ...process.env, BELENIOS_USE_URANDOM: '1' };
    const run = spawnSync('belenios-tool', args, { cwd: this.directory, input, env, encoding: 'utf8', maxBuffer: 1 << 28 });
    assert.equal(run.status, 0, `${args.join(' ')}: ${run.stderr}`);
    return run.stdout;
  }

  file(name) {
    return join(this.directory, name);
  }

  write(name, text) {
    writeFileSync(this.file(name), text);
  }

  read(suffix) {
    const name = readdirSync(this.directory).find((entry) => entry.endsWith(suffix));
    return readFileSync(this.file(name), 'utf8');
  }

  add(type, text = '') {
    this.run(['archive', 'add-event', '--type', type], text);
  }

  archive() {
    return new Uint8Array(readFileSync(this.file(this.uuid + '.bel')));
  }

  /** Two trustees (the second ours), two voters with the tool's codes, three with ours. */
  async setUp(questions) {
    const group = groupNamed(this.groupName);
    const ours = ['--uuid', this.uuid, '--group', this.groupName];
    this.run(['setup', 'generate-credentials', ...ours, '--count', '2']);
    this.run(['setup', 'generate-trustee-key', '--group', this.groupName]);
    const key = await makeSingleKey(group);
    this.write('public_keys.jsons', this.read('.pubkey') + JSON.stringify(key.publicKey) + '\n');
    this.run(['setup', 'make-trustees']);
    const half = { uuid: this.uuid, group, gPow: group.fixedBase(group.g) };
    const derived = await Promise.all(CREDENTIALS.map((code) => deriveCredential(half, code)));
    const credentials = [...JSON.parse(this.read('.pubcreds')), ...derived.map(({ publicText }) => publicText)];
    this.write('public_creds.json', JSON.stringify(credentials) + '\n');
    this.write('template.json', JSON.stringify({ description: 'd', name: 'n', questions }));
    this.run(['setup', 'make-election', ...ours, '--template', 'template.json']);
    const text = readFileSync(this.file('election.json'), 'utf8').trimEnd();
    this.run(['archive', 'init']);
    this.codes = this.read('.privcreds').trim().split('\n').map((line) => line.split(' ')[1]);
    return { election: await readElection(text), privateKey: key.privateKey };
  }

  ballot(voter, choices) {
    this.write('code', this.codes[voter] + '\n');
    this.write('choices', JSON.stringify(choices) + '\n');
    return this.run(['election', 'generate-ballot', '--privcred', 'code', '--ballot', 'choices']).trim();
  }
}

const CASES = {
  'BELENIOS-2048': [[approval(3, 0, 2), approval(2, 1, 1, true)], [[[1, 1, 0], [0, 1, 0]], [[0, 0, 1], [1, 0, 0]]]],
  'RFC-3526-2048': [[ranking(4), approval(2, 0, 1)], [[[1, 2, 3, 4], [1, 0]], [[9, 0, 255, 7], [0, 1]]]],
};

for (const [groupName, [questions, [one, two]]] of Object.entries(CASES)) {
  test(`${groupName}: ballots, shuffles and decryptions by the tool and by us make one valid election`, { skip }, async () => {
    const result = await inDirectory(async (path) => {
      const tool = new Tool(path, groupName, 'Too1AndBooth14');
      const { election, privateKey } = await tool.setUp(questions);
      const theirs = [tool.ballot(0, one), tool.ballot(1, two)];
      for (const text of theirs) await verifyBallot(election, text);
      const ours = [];
      for (const [i, code] of CREDENTIALS.entries()) ours.push((await makeBallot(election, code, i === 0 ? one : two)).ballot);
      for (const text of [...theirs, ...ours]) tool.add('Ballot', text);
      tool.run(['election', 'verify']);
      tool.add('EndBallots');
      tool.add('EncryptedTally', tool.run(['election', 'compute-encrypted-tally']));
      if (groupName === 'RFC-3526-2048') {
        tool.add('Shuffle', tool.run(['election', 'shuffle', '--trustee-id', '1']));
        tool.add('Shuffle', owned(2, await makeShuffle(await auditArchive(tool.archive()))));
        tool.add('EndShuffles');
      }
      const privkey = readdirSync(path).find((name) => name.endsWith('.privkey'));
      const state = await auditArchive(tool.archive());
      tool.add('PartialDecryption', tool.run(['election', 'decrypt', '--privkey', privkey, '--trustee-id', '1']));
      tool.add('PartialDecryption', owned(2, await makePartialDecryption(state, privateKey)));
      const computed = tool.run(['election', 'compute-result']);
      tool.add('Result', computed);
      tool.run(['election', 'verify']);
      assert.equal((await auditArchive(tool.archive())).phase, 'Result');
      const { accepted, output } = await referenceArchive(tool.archive());
      assert.ok(accepted, output);
      return JSON.parse(computed).result;
    });
    const expected = groupName === 'RFC-3526-2048' ? [[one[0], one[0], two[0], two[0], two[0]], [2, 3]] : [[2, 2, 3], [3, 2, 0]];
    if (groupName === 'RFC-3526-2048') result[0].sort((a, b) => a[0] - b[0]);
    assert.deepEqual(result, expected);
  });
}

/** Two lines as `archive add-event` wants them: the object and its owner record. */
function owned(owner, text) {
  const hash = createHash('sha256').update(text).digest('hex');
  return `${text}\n{"owner":${owner},"payload":"${hash}"}\n`;
}

test('the tool refuses a tampered ballot of ours', { skip }, async () => {
  await inDirectory(async (path) => {
    const tool = new Tool(path, 'BELENIOS-2048', 'Too1AndBooth14');
    const { election } = await tool.setUp([approval(2, 0, 1)]);
    const { ballot } = await makeBallot(election, CREDENTIALS[0], [[1, 0]]);
    const object = JSON.parse(ballot);
    object.answers[0].choices.reverse();
    tool.add('Ballot', JSON.stringify(object));
    const run = spawnSync('belenios-tool', ['election', 'verify'], { cwd: path, encoding: 'utf8' });
    assert.notEqual(run.status, 0);
    await assert.rejects(auditArchive(tool.archive()));
  });
});
