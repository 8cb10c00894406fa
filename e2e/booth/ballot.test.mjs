import assert from 'node:assert/strict';
import test from 'node:test';
import { deriveCredential, isCredential, makeBallot, readElection } from '../../static/booth/belenios.mjs';
import { CREDENTIALS, approval, electionText, missing, ranking, referenceVerdicts, seededRandom } from './fixtures.mjs';

const python = missing('python3');
const [voter] = CREDENTIALS;

/** Every shape of question with choices at its limits: [name, questions, list of choices per question]. */
const CASES = [
  ['approval', [approval(5, 0, 5)], [[[0, 0, 0, 0, 0]], [[1, 1, 1, 1, 1]], [[0, 1, 0, 1, 1]]]],
  ['single choice', [approval(3, 1, 1)], [[[1, 0, 0]], [[0, 0, 1]]]],
  ['two to three', [approval(4, 2, 3)], [[[1, 1, 0, 0]], [[1, 0, 1, 1]]]],
  ['blank allowed', [approval(3, 1, 2, true)], [[[1, 0, 0, 0]], [[0, 1, 0, 0]], [[0, 0, 1, 1]]]],
  ['blank allowed, min 0', [approval(2, 0, 2, true)], [[[0, 0, 0]], [[1, 0, 0]], [[0, 1, 1]]]],
  ['blank false', [approval(2, 0, 1, false)], [[[0, 1]]]],
];
const MIXED = ['ranking and approval', [ranking(7), approval(2, 0, 1)], [[[1, 2, 3, 4, 5, 6, 0], [1, 0]], [[0, 0, 0, 0, 0, 0, 0], [0, 0]]]];
const BY_GROUP = {
  Ed25519: [...CASES, MIXED],
  'BELENIOS-2048': CASES,
  'RFC-3526-2048': [CASES[3], MIXED],
};

for (const [groupName, cases] of Object.entries(BY_GROUP)) {
  for (const [what, questions, votes] of cases) {
    test(`${groupName}, ${what}: ballots are accepted by the reference verifier`, { skip: python }, async () => {
      const text = electionText(groupName, questions);
      const election = await readElection(text);
      const ballots = [];
      for (const choices of votes) ballots.push((await makeBallot(election, voter, choices)).ballot);
      assert.deepEqual(referenceVerdicts(text, ballots), votes.map(() => 'ok'));
    });
  }
}

test('the same randomness gives the same ballot, other randomness another one', async () => {
  const election = await readElection(electionText('Ed25519', [approval(3, 0, 3)]));
  const make = (seed) => makeBallot(election, voter, [[0, 1, 1]], { random: seededRandom(seed) });
  const first = await make('a');
  assert.deepEqual(await make('a'), first);
  assert.notEqual((await make('b')).tracker, first.tracker);
  assert.match(first.tracker, /^[A-Za-z0-9+/]{43}$/);
  const system = [await makeBallot(election, voter, [[0, 1, 1]]), await makeBallot(election, voter, [[0, 1, 1]])];
  assert.notEqual(system[0].tracker, system[1].tracker);
});

test('choices that the question does not allow are refused before anything is sealed', async () => {
  const election = await readElection(electionText('Ed25519', [approval(3, 1, 2, true)]));
  for (const plain of [
    [0, 0, 0, 0],
    [0, 1, 1, 1],
    [1, 1, 0, 0],
    [0, 2, 0, 0],
    [0, -1, 1, 1],
    [0, 1, 0],
    [0, 1, 0, 0, 0],
    [0, '1', 0, 0],
  ]) {
    await assert.rejects(makeBallot(election, voter, [plain]), { code: 'choice' }, JSON.stringify(plain));
  }
  await assert.rejects(makeBallot(election, voter, []), { code: 'choice' });
});

test('voting codes: the derived public credential is that of the protocol', { skip: python }, async () => {
  const text = electionText('Ed25519', [approval(1, 0, 1)]);
  const election = await readElection(text);
  const { reference } = await import('./fixtures.mjs');
  const expected = reference(
    `
import sys, json
sys.path.insert(0, sys.argv[1] + 'ops/reference')
import verify as v
job = json.load(sys.stdin)
E = v.Election(job['election'])
print(json.dumps([E.G.enc(E.G.exp(E.G.g, v.derive(E.G, E.uuid, c))) for c in job['codes']]))
`,
    { election: text, codes: CREDENTIALS },
  );
  const derived = await Promise.all(CREDENTIALS.map((code) => deriveCredential(election, code)));
  assert.deepEqual(derived.map(({ publicText }) => publicText), expected);
});

test('voting codes: only 22 base-58 characters in groups of 5-6-5-6', () => {
  assert.ok(isCredential(voter));
  for (const bad of ['', voter.toLowerCase() + ' ', voter.replaceAll('-', ''), voter.replace('A', '0'), voter.replace('A', 'l'), voter + 'A']) {
    assert.ok(!isCredential(bad), bad);
  }
});

test('election objects that are not canonical or not sound are refused', async () => {
  const good = JSON.parse(electionText('Ed25519', [approval(3, 1, 2)]));
  const bad = {
    spaces: [JSON.stringify(good, null, 1), 'json'],
    'a second key': [JSON.stringify(good).replace('{"version":1,', '{"version":1,"version":1,'), 'json'],
    truncated: [JSON.stringify(good).slice(0, -1), 'json'],
    version: [JSON.stringify({ ...good, version: 2 }), 'version'],
    group: [JSON.stringify({ ...good, group: 'constructor' }), 'group'],
    'identity as key': [JSON.stringify({ ...good, public_key: '0'.repeat(63) + '1' }), 'identity'],
    'no questions': [JSON.stringify({ ...good, questions: [] }), 'questions'],
    'min above max': [JSON.stringify({ ...good, questions: [approval(3, 2, 1)] }), 'question'],
    'max above the answers': [JSON.stringify({ ...good, questions: [approval(3, 0, 4)] }), 'question'],
    lists: [JSON.stringify({ ...good, questions: [{ type: 'Lists', value: { answers: [['a']], question: '' } }] }), 'question'],
    uuid: [JSON.stringify({ ...good, uuid: 'short' }), 'uuid'],
  };
  for (const [what, [text, code]] of Object.entries(bad)) {
    await assert.rejects(readElection(text), { code }, what);
  }
});

test('tampered ballots are refused by the reference verifier', { skip: python }, async () => {
  const text = electionText('Ed25519', [approval(3, 0, 2)]);
  const election = await readElection(text);
  const { ballot } = await makeBallot(election, voter, [[1, 0, 0]]);
  const other = (await makeBallot(election, CREDENTIALS[1], [[0, 1, 0]])).ballot;
  const edit = (change) => {
    const object = JSON.parse(ballot);
    change(object, object.answers[0]);
    return JSON.stringify(object);
  };
  const tampered = [
    edit((b) => (b.credential = JSON.parse(other).credential)),
    edit((b) => (b.answers = JSON.parse(other).answers)),
    edit((_, a) => a.choices.reverse()),
    edit((_, a) => (a.choices[0].beta = a.choices[1].beta)),
    edit((_, a) => (a.individual_proofs[0][0].challenge = '1')),
    edit((_, a) => (a.overall_proof[0].response = '1')),
    edit((b) => (b.signature.proof.response = '1')),
    edit((b) => (b.election_hash = b.election_hash.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')))),
    ballot.replace('"answers"', ' "answers"'),
  ];
  const verdicts = referenceVerdicts(text, [ballot, ...tampered]);
  assert.equal(verdicts[0], 'ok');
  for (const [i, verdict] of verdicts.slice(1).entries()) assert.match(verdict, /^refused/, String(i));
});
