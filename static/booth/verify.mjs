// Checking what others made: ballots, trustee keys, threshold parameters, decryptions. Stricter than the tool
// that the protocol comes from: exact fields and canonical texts inside answers too.

import { canonicalJson, challenge, ensure, fingerprint, parseCanonical } from './hash.mjs';
import { expectFields, knows, readProof } from './proofs.mjs';

function sameLength(array, n, what) {
  ensure(Array.isArray(array) && array.length === n, 'shape', `The ${what} has the wrong length.`);
}

/** Decodes { alpha, beta }. */
export function readCiphertext(group, object) {
  expectFields(object, ['alpha', 'beta'], 'ciphertext');
  return { alpha: group.decode(object.alpha), beta: group.decode(object.beta) };
}

/**
 * Checks a proof that one of the statements "(alpha, beta g^-shift) encrypts zero" holds.
 * statements: [{ alpha, beta, shift }].
 */
async function checkOneOf(election, proofs, statements, prefix) {
  const { group, gPow, yPow } = election;
  sameLength(proofs, statements.length, 'proof');
  const powers = new Map();
  const power = (element, exponent) => {
    if (statements.length < 8) return group.pow(element, exponent);
    if (!powers.has(element)) powers.set(element, group.fixedBase(element, 4));
    return powers.get(element)(exponent);
  };
  const commitments = [];
  let total = 0n;
  for (const [j, { alpha, beta, shift }] of statements.entries()) {
    const { c, r } = readProof(group, proofs[j]);
    commitments.push(group.mul(gPow(r), power(alpha, c)));
    commitments.push(group.product([yPow(r), power(beta, c), gPow(-BigInt(shift) * c)]));
    total += c;
  }
  const expected = await challenge(group, prefix, commitments);
  ensure(expected === group.scalar(total), 'proof', 'A proof in a ballot is wrong.');
}

async function checkHomomorphic(election, question, s0, answer) {
  const { group } = election;
  const { blank, min, max, answers } = question;
  const names = ['choices', 'individual_proofs', 'overall_proof', ...(blank ? ['blank_proof'] : [])];
  expectFields(answer, names, 'answer');
  const n = answers.length + (blank ? 1 : 0);
  sameLength(answer.choices, n, 'answer');
  sameLength(answer.individual_proofs, n, 'answer');
  const choices = answer.choices.map((choice) => readCiphertext(group, choice));
  const texts = answer.choices.map(({ alpha, beta }) => `${alpha},${beta}`);
  for (const [i, choice] of choices.entries()) {
    const statements = [0, 1].map((shift) => ({ ...choice, shift }));
    await checkOneOf(election, answer.individual_proofs[i], statements, `prove|${s0}|${texts[i]}|`);
  }
  const s = `${s0}|${texts.join(',')}`;
  const summed = choices.slice(blank ? 1 : 0);
  const sum = {
    alpha: group.product(summed.map(({ alpha }) => alpha)),
    beta: group.product(summed.map(({ beta }) => beta)),
  };
  const counts = Array.from({ length: max - min + 1 }, (_, j) => ({ ...sum, shift: min + j }));
  if (blank) {
    const flag = choices[0];
    const neither = [{ ...flag, shift: 0 }, { ...sum, shift: 0 }];
    await checkOneOf(election, answer.blank_proof, neither, `bproof0|${s}|`);
    await checkOneOf(election, answer.overall_proof, [{ ...flag, shift: 1 }, ...counts], `bproof1|${s}|`);
  } else {
    const sumText = group.encodeAll([sum.alpha, sum.beta]).join(',');
    await checkOneOf(election, answer.overall_proof, counts, `prove|${s}|${sumText}|`);
  }
  return choices;
}

async function checkNonHomomorphic(election, s0, answer) {
  const { group, gPow, yText } = election;
  expectFields(answer, ['choices', 'proof'], 'answer');
  const ciphertext = readCiphertext(group, answer.choices);
  const { alpha, beta } = answer.choices;
  const good = await knows(group, gPow, ciphertext.alpha, `raweg|${s0}|${yText},${alpha},${beta}|`, answer.proof);
  ensure(good, 'proof', 'A proof in a ballot is wrong.');
  return ciphertext;
}

/**
 * Verifies a ballot's exact text. Returns { credential, tracker, choices, texts }: per question the decoded
 * ciphertexts (an array, or one for a non-homomorphic question) and their JSON.
 */
export async function verifyBallot(election, text) {
  const ballot = parseCanonical(text, 'ballot');
  const names = ['election_uuid', 'election_hash', 'credential', 'answers'];
  expectFields(ballot, [...names, 'signature'], 'ballot');
  const { election_uuid, election_hash, credential, answers, signature } = ballot;
  const here = election_uuid === election.uuid && election_hash === election.fingerprint;
  ensure(here, 'election', 'A ballot belongs to another election.');
  const { group, gPow } = election;
  const key = group.decodeKey(credential);
  expectFields(signature, ['hash', 'proof'], 'signature');
  const hash = await fingerprint(canonicalJson({ election_uuid, election_hash, credential, answers }));
  ensure(signature.hash === hash, 'signature', 'The signature of a ballot is wrong.');
  ensure(await knows(group, gPow, key, `sig|${hash}|`, signature.proof), 'signature', 'The signature of a ballot is wrong.');
  sameLength(answers, election.questions.length, 'ballot');
  const s0 = `${election.fingerprint}|${credential}`;
  const choices = [];
  for (const [i, question] of election.questions.entries()) {
    choices.push(
      question.kind === 'homomorphic'
        ? await checkHomomorphic(election, question, s0, answers[i])
        : await checkNonHomomorphic(election, s0, answers[i]),
    );
  }
  return { credential, tracker: await fingerprint(text), choices, texts: answers.map((answer) => answer.choices) };
}

/** Checks a trustee's public key and its proof of knowledge; returns the key as an element. */
export async function checkTrusteeKey(group, gPow, key) {
  const element = group.decodeKey(key.public_key);
  const good = await knows(group, gPow, element, `pok|${group.name}|${key.public_key}|`, key.pok);
  ensure(good, 'trustee', 'The proof beside a trustee key is wrong.');
  return element;
}

/** Checks a signed message of a trustee; returns the message parsed. */
export async function openSigned(group, gPow, key, signed, what) {
  expectFields(signed, ['message', 'signature'], what);
  ensure(typeof signed.message === 'string', 'fields', `The ${what} is malformed.`);
  const good = await knows(group, gPow, key, `sigmsg|${signed.message}|`, signed.signature);
  ensure(good, 'trustee', `The signature on the ${what} is wrong.`);
  return parseCanonical(signed.message, what);
}

/** The text that each threshold trustee signs over all certificates and its own commitments. */
export function certificatesMessage(certs, coefexps) {
  const signed = certs.map(({ message, signature: { challenge: c, response } }) => ({
    message,
    signature: { challenge: c, response },
  }));
  return 'certs_sig|' + canonicalJson({ certs: signed, coefexps });
}

/** Checks all certificates of a threshold ceremony; returns [{ verification, encryption }] as elements. */
export async function checkCertificates(group, gPow, threshold, certs) {
  const keys = [];
  for (const [i, cert] of certs.entries()) {
    const { message } = cert;
    ensure(typeof message === 'string', 'fields', 'A certificate is malformed.');
    const content = expectFields(parseCanonical(message, 'certificate'), ['context', 'verification', 'encryption'], 'certificate');
    const verification = group.decodeKey(content.verification);
    await openSigned(group, gPow, verification, cert, 'certificate');
    const context = { group: group.name, size: certs.length, threshold, index: i + 1 };
    ensure(canonicalJson(content.context) === canonicalJson(context), 'trustee', `Certificate ${i + 1} is for another ceremony.`);
    keys.push({ verification, encryption: group.decodeKey(content.encryption) });
  }
  const texts = group.encodeAll(keys.flatMap(({ verification, encryption }) => [verification, encryption]));
  ensure(new Set(texts).size === texts.length, 'trustee', 'Two trustees use the same key.');
  return keys;
}

/** Checks one trustee's signed polynomial commitments; returns the elements A_0 .. A_(t-1). */
export async function checkCoefexps(group, gPow, verification, threshold, signed) {
  const content = await openSigned(group, gPow, verification, signed, 'polynomial');
  expectFields(content, ['coefexps'], 'polynomial');
  sameLength(content.coefexps, threshold, 'polynomial');
  return content.coefexps.map((text) => group.decode(text));
}

/** Product over all trustees i and degrees k of A_ik^(j^k): the public key of member j (1-based). */
export function memberKey(group, polynomials, j) {
  const bases = polynomials.flat();
  const exponents = polynomials.flatMap((coefficients) => coefficients.map((_, k) => BigInt(j) ** BigInt(k)));
  return group.productOfPowers(bases, exponents);
}

/** Checks threshold parameters in the 3.x form. Returns { y, members }: contribution to the election key, member keys. */
export async function checkThresholdParameters(group, gPow, parameters) {
  const names = ['threshold', 'certs', 'coefexps', 'signatures', 'verification_keys'];
  expectFields(parameters, names, 'threshold parameters');
  const { threshold, certs, coefexps, signatures, verification_keys: verificationKeys } = parameters;
  const n = certs.length;
  ensure(Number.isInteger(threshold) && 0 < threshold && threshold <= n, 'trustee', 'The threshold is impossible.');
  for (const array of [coefexps, signatures, verificationKeys]) sameLength(array, n, 'list of threshold parameters');
  const keys = await checkCertificates(group, gPow, threshold, certs);
  const polynomials = [];
  for (const [i, { verification }] of keys.entries()) {
    polynomials.push(await checkCoefexps(group, gPow, verification, threshold, coefexps[i]));
    const message = certificatesMessage(certs, JSON.parse(coefexps[i].message).coefexps);
    const good = await knows(group, gPow, verification, `sigmsg|${message}|`, signatures[i]);
    ensure(good, 'trustee', `Trustee ${i + 1} has not signed these certificates.`);
  }
  const members = [];
  for (const [j, key] of verificationKeys.entries()) {
    const element = await checkTrusteeKey(group, gPow, key);
    ensure(group.equals(element, memberKey(group, polynomials, j + 1)), 'trustee', `The key of trustee ${j + 1} is wrong.`);
    const good = await knows(group, gPow, keys[j].verification, `sigmsg|${key.public_key}|`, key.signature);
    ensure(good, 'trustee', `Trustee ${j + 1} has not signed their key.`);
    members.push({ element, text: key.public_key, name: key.name });
  }
  return { y: group.product(polynomials.map(([a0]) => a0)), members };
}

/**
 * Checks the trustees of an election and that its key is the product of theirs. `list` is the parsed trustees object.
 * Returns one entry per owner number, from 1 in order: { element, text, name, item, threshold }.
 */
export async function checkTrustees(election, list) {
  const { group, gPow, y } = election;
  ensure(Array.isArray(list) && list.length > 0, 'trustee', 'The election has no trustees.');
  const owners = [];
  let product = group.one;
  for (const [item, entry] of list.entries()) {
    sameLength(entry, 2, 'trustee entry');
    const [kind, value] = entry;
    if (kind === 'Single') {
      const element = await checkTrusteeKey(group, gPow, value);
      owners.push({ element, text: value.public_key, name: value.name, item, threshold: null });
      product = group.mul(product, element);
    } else {
      ensure(kind === 'Pedersen', 'trustee', 'A trustee is of an unknown kind.');
      const checked = await checkThresholdParameters(group, gPow, value);
      for (const member of checked.members) owners.push({ ...member, item, threshold: value.threshold });
      product = group.mul(product, checked.y);
    }
  }
  ensure(group.equals(product, y), 'trustee', 'The election key is not the product of the trustees’ keys.');
  return owners;
}

/** Verifies a partial decryption of `tally` ([[{ alpha }]] elements) by the trustee with key `owner` ({ element, text }). */
export async function verifyPartialDecryption(election, tally, owner, decryption) {
  const { group, gPow, fingerprint: phi } = election;
  const { decryption_factors: factors, decryption_proofs: proofs } = decryption;
  expectFields(decryption, ['decryption_factors', 'decryption_proofs'], 'decryption');
  sameLength(factors, tally.length, 'decryption');
  sameLength(proofs, tally.length, 'decryption');
  for (const [i, ciphertexts] of tally.entries()) {
    sameLength(factors[i], ciphertexts.length, 'decryption');
    sameLength(proofs[i], ciphertexts.length, 'decryption');
    for (const [j, { alpha }] of ciphertexts.entries()) {
      const factor = group.decode(factors[i][j]);
      const { c, r } = readProof(group, proofs[i][j]);
      const commitments = [
        group.mul(gPow(r), group.pow(owner.element, c)),
        group.mul(group.pow(alpha, r), group.pow(factor, c)),
      ];
      const expected = await challenge(group, `decrypt|${phi}|${owner.text}|`, commitments);
      ensure(expected === c, 'proof', 'A proof of decryption is wrong.');
    }
  }
}
