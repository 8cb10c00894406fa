import assert from 'node:assert/strict';
import test from 'node:test';
import { deriveCredential, isCredential } from '../../static/booth/belenios.mjs';
import { groupNamed } from '../../static/booth/group.mjs';
import { isSameFile, makeCodes, newCode, publicLines, secretFile } from '../../static/booth/registrar.mjs';

const UUID = 'Registrar1Test';
const URL_ = 'https://vote.example/elections/board/vote';

function parts(name) {
  const group = groupNamed(name);
  return { uuid: UUID, group, gPow: group.fixedBase(group.g) };
}

test('a code has the form of a voting code and uses every character', () => {
  const seen = new Set();
  for (let i = 0; i < 2000; i++) {
    const code = newCode();
    assert.ok(isCredential(code), code);
    for (const character of code.replaceAll('-', '')) seen.add(character);
  }
  assert.equal(seen.size, 58);
});

test('bytes that would favour some characters are left out', () => {
  let at = 0;
  const bytes = (n) => Uint8Array.from({ length: n }, () => (at++ % 2 === 0 ? 255 : 57));
  assert.equal(newCode(bytes).replaceAll('-', ''), 'z'.repeat(22));
});

for (const name of ['Ed25519', 'BELENIOS-2048']) {
  test(`${name}: each entry gets its own code, and the public half is that of the booth`, async () => {
    const entries = ['a1', 'b2', 'c3'];
    const made = await makeCodes(parts(name), entries);
    assert.deepEqual(made.map((m) => m.entry), entries);
    assert.equal(new Set(made.map((m) => m.code)).size, 3);
    for (const { code, credential } of made) {
      assert.equal((await deriveCredential(parts(name), code)).publicText, credential);
    }
    const lines = publicLines(made).trimEnd().split('\n');
    assert.equal(lines.length, 3);
    assert.ok(made.every(({ code }) => !publicLines(made).includes(code)), 'no code leaves the device');
    assert.ok(isSameFile(secretFile(made, URL_), made, URL_));
    assert.ok(!isSameFile(secretFile(made.slice(1), URL_), made, URL_));
  });
}

test('a roll that names an entry twice is refused', async () => {
  await assert.rejects(makeCodes(parts('Ed25519'), ['a', 'a']), /twice/);
});
