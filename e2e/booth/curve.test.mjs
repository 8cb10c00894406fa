import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import * as ed from '../../static/booth/noble-ed25519.js';
import { groupNamed } from '../../static/booth/group.mjs';
import { seededRandom } from './fixtures.mjs';

const unhex = (text) => Uint8Array.from(Buffer.from(text, 'hex'));

test('the curve library is byte for byte the reviewed release', () => {
  const bytes = readFileSync(new URL('../../static/booth/noble-ed25519.js', import.meta.url));
  assert.equal(bytes.length, 39_841);
  const hash = createHash('sha256').update(bytes).digest('hex');
  assert.equal(hash, 'a4f631d1876b5d9e43a86cd71194ca27b5e1451edf4ba4db9a418f40a475569a');
});

// RFC 8032, section 7.1, tests 1 to 3: secret key, public key, message, signature.
const RFC_8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
];

test('RFC 8032 vectors: keys, signatures, and a changed message refused', async () => {
  for (const [secret, key, message, signature] of RFC_8032) {
    assert.equal(Buffer.from(await ed.getPublicKeyAsync(unhex(secret))).toString('hex'), key);
    assert.equal(Buffer.from(await ed.signAsync(unhex(message), unhex(secret))).toString('hex'), signature);
    assert.ok(await ed.verifyAsync(unhex(signature), unhex(message), unhex(key), { zip215: false }));
    assert.ok(!(await ed.verifyAsync(unhex(signature), unhex(message + '00'), unhex(key), { zip215: false })));
  }
});

for (const name of ['Ed25519', 'BELENIOS-2048', 'RFC-3526-2048']) {
  const group = groupNamed(name);

  test(`${name}: tables, windows and buckets agree with each other and with the laws of exponents`, async () => {
    const random = seededRandom('laws ' + name);
    const [a, b, c] = await random.scalars(group.q, 3);
    const table = group.fixedBase(group.g);
    for (const e of [0n, 1n, 2n, 31n, 32n, group.q - 1n, a, b]) {
      assert.ok(group.equals(table(e), group.pow(group.g, e)), String(e));
    }
    assert.ok(group.isIdentity(group.pow(group.g, group.q)));
    assert.ok(group.equals(group.mul(table(a), table(b)), table(a + b)));
    assert.ok(group.equals(group.pow(table(a), c), table(a * c)));
    assert.ok(group.equals(table(-a), group.inv(table(a))));
    const bases = [table(a), table(b), table(c)];
    assert.ok(group.equals(group.productOfPowers(bases, [c, a, b]), table(a * c + b * a + c * b)));
    assert.ok(group.isIdentity(group.productOfPowers([], [])));
  });

  test(`${name}: an element survives its text, and integers survive an element`, async () => {
    const random = seededRandom('texts ' + name);
    const elements = (await random.scalars(group.q, 5)).map((e) => group.pow(group.g, e));
    const texts = group.encodeAll([...elements, group.one, group.g]);
    for (const [i, element] of [...elements, group.one, group.g].entries()) {
      assert.ok(group.equals(group.decode(texts[i]), element));
    }
    assert.throws(() => group.decodeKey(group.encode(group.one)), { code: 'identity' });
    if (group.maxIntegers === 0) return;
    for (const integers of [[0], [0, 0, 0], [255, 0, 1], Array.from({ length: 26 }, (_, i) => i)]) {
      const element = group.embed(integers);
      assert.deepEqual(group.extract(group.decode(group.encode(element)), integers.length), integers);
    }
    assert.throws(() => group.embed([256]), { code: 'answers' });
    assert.throws(() => group.embed(new Array(group.maxIntegers + 1).fill(0)), { code: 'answers' });
  });
}

test('finite fields: zero, non-members and other texts of an element are refused', () => {
  for (const name of ['BELENIOS-2048', 'RFC-3526-2048']) {
    const group = groupNamed(name);
    const minusOne = String(group.p - 1n);
    for (const text of ['0', minusOne, String(group.p), String(group.p + group.g), '-1', '01', '0x2', ' 2', '', 2]) {
      assert.throws(() => group.decode(text), { code: 'element' }, `${name} ${text}`);
    }
  }
});

test('Ed25519: torsion, other encodings and points off the curve are refused', () => {
  const group = groupNamed('Ed25519');
  const identity = '0'.repeat(63) + '1';
  assert.ok(group.isIdentity(group.decode(identity)));
  const p = ed.Point.CURVE().p;
  const text = (n) => n.toString(16).padStart(64, '0');
  const orderTwo = ed.Point.fromAffine({ x: 0n, y: p - 1n });
  const refused = {
    'identity with the sign bit': text((1n << 255n) + 1n),
    'identity as p + 1': text(p + 1n),
    'order 2': text(p - 1n),
    'order 4': text(0n),
    'generator plus order 2': group.encode(group.g.add(orderTwo)),
    'off the curve': text(2n),
    'upper case': group.encode(group.g).replace('58', '5A').toUpperCase(),
    short: '1',
  };
  for (const [what, bad] of Object.entries(refused)) {
    assert.throws(() => group.decode(bad), { code: 'element' }, what);
  }
});

test('scalars: only the one decimal text below q', () => {
  const group = groupNamed('Ed25519');
  assert.equal(group.decodeScalar(String(group.q - 1n)), group.q - 1n);
  for (const text of [String(group.q), '00', '01', '-1', '+1', '0x1', '1 ', '', 1, null]) {
    assert.throws(() => group.decodeScalar(text), { code: 'scalar' }, String(text));
  }
});

test('an unknown group is refused, also by the names of inherited properties', () => {
  for (const name of ['Ed448', 'toString', '__proto__', undefined]) {
    assert.throws(() => groupNamed(name), { code: 'group' });
  }
});
