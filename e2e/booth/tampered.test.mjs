// The trustee's audit against the collection of archives with one change each (crates/ballot/tests/vectors).

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { auditArchive } from '../../static/booth/audit.mjs';
import { ROOT, missing } from './fixtures.mjs';
import { inDirectory } from './whole-election.mjs';

const VECTORS = join(process.env.FOLKMOOT_VECTORS ?? ROOT + 'crates/ballot/tests/vectors', 'elections');
const skip = (!existsSync(VECTORS) && 'the election vectors are not here') || missing('xz');

/** What the audit leaves to others: whether a published result is right, and whether it had enough decryptions. */
const ABOUT_THE_RESULT = /^(result-|pd-missing$|pedersen-too-few$)/;
/** Legal, but never offered here and refused: lists, and election objects that are not canonical. */
const NOT_SUPPORTED = ({ base, name }) => base.endsWith('-lists') || name === 'setup-spaces';

async function verdict(path) {
  try {
    await auditArchive(new Uint8Array(readFileSync(path)));
    return 'accept';
  } catch (error) {
    assert.equal(error.name, 'ProtocolError', `${path}: ${error.stack}`);
    return 'reject';
  }
}

test('tampered Ed25519 archives are refused, controls accepted, and nothing is thrown but refusals', { skip }, async () => {
  await inDirectory(async (directory) => {
    const unpack = spawnSync('tar', ['xJf', join(VECTORS, 'tampered.tar.xz'), '-C', directory]);
    assert.equal(unpack.status, 0, String(unpack.stderr));
    const manifest = JSON.parse(readFileSync(join(directory, 'tampered', 'manifest.json'), 'utf8'));
    const cases = manifest.filter(({ base, name, expect }) => base.startsWith('ed-') && expect !== 'policy' && !ABOUT_THE_RESULT.test(name));
    assert.ok(cases.length > 150, `only ${cases.length} cases`);
    for (const entry of cases) {
      const expected = NOT_SUPPORTED(entry) ? 'reject' : entry.expect;
      assert.equal(await verdict(join(directory, 'tampered', entry.file)), expected, `${entry.file}: ${entry.description}`);
    }
  });
});

test('elections made by other releases of the tool are accepted up to the forms that are not offered', { skip }, async () => {
  const unsupported = /lists|threshold-2/;
  const names = readdirSync(join(VECTORS, 'valid')).filter((name) => name.startsWith('ed-'));
  assert.ok(names.length > 15);
  for (const name of names) {
    const folder = join(VECTORS, 'valid', name);
    const bel = readdirSync(folder).find((file) => file.endsWith('.bel'));
    assert.equal(await verdict(join(folder, bel)), unsupported.test(name) ? 'reject' : 'accept', name);
  }
});
