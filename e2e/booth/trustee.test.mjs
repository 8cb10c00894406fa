import assert from 'node:assert/strict';
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import test from 'node:test';
import { auditArchive } from '../../static/booth/audit.mjs';
import { readArchive } from '../../static/booth/archive.mjs';
import { makeCertificate, makePolynomial, makeVoutput, newSeed, openCeremony, openShare } from '../../static/booth/ceremony.mjs';
import { openKeyFile, readKeyFile, sealKeyFile } from '../../static/booth/keyfile.mjs';
import { CREDENTIALS, ROOT, approval } from './fixtures.mjs';
import { ArchiveWriter, runElection, thresholdCeremony } from './whole-election.mjs';

const VECTORS = [process.env.FOLKMOOT_VECTORS, ROOT + 'crates/ballot/tests/vectors']
  .filter((path) => path !== undefined)
  .map((path) => path + '/elections/valid')
  .find(existsSync);

test('a share sealed by another implementation is opened with its seed', { skip: !VECTORS && 'the election vectors are not here' }, async () => {
  const directory = `${VECTORS}/ed-threshold-330/`;
  const { trustees } = JSON.parse(readFileSync(directory + 'secrets.json', 'utf8'));
  const bel = readdirSync(directory).find((name) => name.endsWith('.bel'));
  const { events } = await readArchive(new Uint8Array(readFileSync(directory + bel)));
  const [, { threshold, certs }] = JSON.parse(events[0].objects.trustees).find(([kind]) => kind === 'Pedersen');
  const members = trustees.filter(({ kind }) => kind === 'pedersen');
  for (const [i, { seed, encrypted_decryption_key: sealed, decryption_key: share }] of members.entries()) {
    const me = await openCeremony({ group: 'Ed25519', size: certs.length, threshold, index: i + 1 }, seed);
    assert.equal(JSON.parse(certs[i].message).verification, me.verification);
    assert.equal(await openShare(me, sealed), share);
  }
});

test('seeds are 22 base-58 characters and differ', async () => {
  const seeds = await Promise.all(Array.from({ length: 50 }, () => newSeed()));
  for (const seed of seeds) assert.match(seed, /^[1-9A-HJ-NP-Za-km-z]{22}$/);
  assert.equal(new Set(seeds).size, 50);
});

test('a cheating trustee or server is noticed in the ceremony, and the culprit is named', async () => {
  const { members, certs, vinputs, commitments } = await thresholdCeremony('Ed25519', 2, 3);
  const [me, second] = members;
  const vinput = vinputs[0];
  await makeVoutput(me, certs, vinput, commitments);
  const other = await makePolynomial(second, certs);
  const replace = (list, i, value) => list.map((old, k) => (k === i ? value : old));

  const changed = { ...vinput, coefexps: replace(vinput.coefexps, 1, other.polynomial.coefexps) };
  await assert.rejects(makeVoutput(me, certs, changed, commitments), /Trustee 2 revealed something else/);
  const late = replace(commitments, 1, other.commitment);
  await assert.rejects(makeVoutput(me, certs, changed, late), /value that trustee 2 sealed for you/);
  const swapped = { ...vinput, secrets: replace(vinput.secrets, 1, vinputs[1].secrets[1]) };
  await assert.rejects(makeVoutput(me, certs, swapped, commitments), { code: 'message' });
  const forged = { ...vinput, secrets: replace(vinput.secrets, 1, vinput.secrets[2]) };
  await assert.rejects(makeVoutput(me, certs, forged, commitments), { code: 'trustee' });
  const short = { ...vinput, secrets: vinput.secrets.slice(1) };
  await assert.rejects(makeVoutput(me, certs, short, commitments), { code: 'ceremony' });

  const stranger = await openCeremony({ ...me.context, index: 2 }, await newSeed());
  const intruded = replace(certs, 1, await makeCertificate(stranger));
  await assert.rejects(makePolynomial(second, intruded), /Your own certificate was replaced/);
  await assert.rejects(makePolynomial(me, replace(certs, 1, certs[2])), { code: 'trustee' });
  await assert.rejects(makePolynomial(me, replace(certs, 1, certs[0])), { code: 'trustee' });
  const tampered = { ...certs[1], message: certs[1].message.replace('"threshold":2', '"threshold":3') };
  await assert.rejects(makePolynomial(me, replace(certs, 1, tampered)), { code: 'trustee' });
});

test('impossible ceremonies are refused', async () => {
  const seed = await newSeed();
  const good = { group: 'Ed25519', size: 3, threshold: 2, index: 1 };
  for (const bad of [{ index: 0 }, { index: 4 }, { threshold: 4 }, { threshold: 0 }, { size: 101 }, { size: 1.5 }]) {
    await assert.rejects(openCeremony({ ...good, ...bad }, seed), { code: 'ceremony' }, JSON.stringify(bad));
  }
  await assert.rejects(openCeremony(good, seed.slice(1)), { code: 'ceremony' });
});

const ABOUT = { election: 'TestE1ection14', trustee: 'Ada', kind: 'single', public_key: '00' };

test('a key file opens with its passphrase only, and not after any change', async () => {
  const secret = { private_key: '12345' };
  const text = await sealKeyFile(ABOUT, secret, 'correct horse battery');
  assert.deepEqual(readKeyFile(text).about, ABOUT);
  assert.ok(!text.includes('12345'));
  assert.deepEqual(await openKeyFile(text, 'correct horse battery'), { about: ABOUT, secret });
  await assert.rejects(openKeyFile(text, 'correct horse battery '), { code: 'passphrase' });
  await assert.rejects(openKeyFile(text.replace('Ada', 'Eve'), 'correct horse battery'), { code: 'passphrase' });
  const file = JSON.parse(text);
  const flipped = file.sealed.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'));
  await assert.rejects(openKeyFile(JSON.stringify({ ...file, sealed: flipped }), 'correct horse battery'), { code: 'passphrase' });
});

test('other files and weak sealings are refused', async () => {
  const file = JSON.parse(await sealKeyFile(ABOUT, {}, 'correct horse battery'));
  for (const bad of [
    '',
    'null',
    '{}',
    'x'.repeat(70_000),
    JSON.stringify({ ...file, kdf: { ...file.kdf, iterations: 1 } }),
    JSON.stringify({ ...file, kdf: { ...file.kdf, iterations: 1e12 } }),
    JSON.stringify({ ...file, cipher: { name: 'none', iv: '' } }),
  ]) {
    assert.throws(() => readKeyFile(bad), { code: 'key_file' }, bad.slice(0, 80));
  }
  assert.throws(() => readKeyFile(JSON.stringify({ ...file, more: 1 })), { code: 'fields' });
  await assert.rejects(sealKeyFile(ABOUT, {}, 'short'), { code: 'passphrase' });
});

test('archives: every kind of damage to the container or the chain is refused', async () => {
  const { archive } = await runElection({
    groupName: 'Ed25519',
    questions: [approval(2, 0, 1)],
    votes: [[0, [[1, 0]]], [1, [[0, 1]]]],
    trustees: ['single'],
    codes: CREDENTIALS,
  });
  const { events } = await readArchive(archive);
  const rebuild = (list) => {
    const writer = new ArchiveWriter();
    for (const { type, objects } of list) writer.append(type, ...Object.values(objects));
    return writer.bytes();
  };
  assert.deepEqual(rebuild(events), archive);
  const byte = (at, value) => {
    const copy = archive.slice();
    copy[at] = value;
    return copy;
  };
  const [setup, first, second, end, tally, decryption, result] = events;
  const damaged = {
    empty: new Uint8Array(),
    'cut in a header': archive.slice(0, -600),
    'cut in the padding': archive.slice(0, -1),
    'header bit': byte(100, 0x31),
    'padding byte': byte(archive.length - 1, 1),
    'timestamp of one entry': byte(1024 + 146, 0x31),
    'content byte': byte(1024 + 512 + 30, 0x21),
    'no setup': rebuild(events.slice(1)),
    'two setups': rebuild([setup, setup, ...events.slice(1)]),
    'a ballot twice': rebuild([setup, first, first, ...events.slice(3)]),
    'no end of voting': rebuild([setup, first, second, tally, decryption, result]),
    'ballots after the end': rebuild([setup, first, end, second, tally, decryption, result]),
    'no tally': rebuild([setup, first, second, end, decryption, result]),
    'result before decryption': rebuild([setup, first, second, end, tally, result, decryption]),
    'wrong owner record': rebuild([setup, first, second, end, tally, { ...decryption, objects: { ...decryption.objects, owned: '{"owner":0,"payload":""}' } }]),
  };
  for (const [what, bytes] of Object.entries(damaged)) {
    await assert.rejects(readArchive(bytes), undefined, what);
  }
  const dropped = rebuild([setup, first, end, tally]);
  await readArchive(dropped);
  await assert.rejects(auditArchive(dropped), { code: 'tally' });
});
