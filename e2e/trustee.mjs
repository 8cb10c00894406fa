// The trustee page in Chromium: a 2-of-3 ceremony, rehearsal, shuffle and decryption, the other two trustees and the
// server played here. The finished archive is verified.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { auditArchive } from "../static/booth/audit.mjs";
import { deriveCredential, makeBallot, readElection } from "../static/booth/belenios.mjs";
import { makeCertificate, makePolynomial, makeVoutput, newSeed, openCeremony, openShare } from "../static/booth/ceremony.mjs";
import { groupNamed } from "../static/booth/group.mjs";
import { openKeyFile } from "../static/booth/keyfile.mjs";
import { knows } from "../static/booth/proofs.mjs";
import { makePartialDecryption } from "../static/booth/trustee.mjs";
import { encryptedTally } from "../static/booth/audit.mjs";
import { verifyBallot } from "../static/booth/verify.mjs";
import { openPage, press, heading, inspect, startBoothServer } from "./booth.mjs";
import { CREDENTIALS, UUID, approval, ranking } from "./booth/fixtures.mjs";
import { ArchiveWriter } from "./booth/whole-election.mjs";
import { checkMarkup } from "./lib/vnu.mjs";

const PASSPHRASE = "correct horse battery";
const CONTEXT = { group: "Ed25519", size: 3, threshold: 2 };
const sha = (text) => createHash("sha256").update(text).digest("hex");

/** The server's and the other trustees' side; next(step, payload) takes what the page sent and gives the next document. */
class Ceremony {
  async setUp() {
    this.others = [];
    for (const index of [2, 3]) this.others.push(await openCeremony({ ...CONTEXT, index }, await newSeed()));
    this.document = { step: "key", inputs: {} };
    this.sent = [];
    return this;
  }

  text() {
    const board = ["Ada", "Grace", "Zoë"].map((name, i) => ({ name, state: i === 0 ? `waiting for ${this.document.step}` : "ready" }));
    return JSON.stringify({ format: "folkmoot-trustee-1", election: { uuid: UUID, name: "Board election", group: "Ed25519" }, trustee: { name: "Ada", index: 1 },
      kind: "threshold", size: 3, threshold: 2, public_key: null, archive_url: "/election.bel", board, submit: { url: "/submit", csrf: "token-2" },
      help: { text: "Write to us", url: "/contact" }, ...this.document });
  }

  async next(step, payload) {
    if (step !== this.document.step) throw new Error("out of turn");
    this.sent.push(step);
    this.document = await this[step](payload);
    return this.text();
  }

  async key({ certificate }) {
    this.certs = [certificate, ...(await Promise.all(this.others.map((me) => makeCertificate(me))))];
    return { step: "commit", inputs: { certs: this.certs } };
  }

  async commit({ commitment, sealed }) {
    this.made = await Promise.all(this.others.map((me) => makePolynomial(me, this.certs)));
    this.commitments = [commitment, ...this.made.map((made) => made.commitment)];
    return { step: "reveal", inputs: { sealed, commitments: this.commitments } };
  }

  async reveal({ polynomial, seen }) {
    this.polynomials = [polynomial, ...this.made.map((made) => made.polynomial)];
    return { step: "share", inputs: { certs: this.certs, commitments: this.commitments, seen, vinput: this.vinput(0) } };
  }

  vinput(j) {
    return { polynomial: this.polynomials[j].polynomial, secrets: this.polynomials.map(({ secrets }) => secrets[j]), coefexps: this.polynomials.map(({ coefexps }) => coefexps) };
  }

  async share({ voutput }) {
    const outputs = [voutput];
    for (const [k, me] of this.others.entries()) outputs.push(await makeVoutput(me, this.certs, this.vinput(k + 1), this.commitments));
    this.privateKey = voutput.private_key;
    this.otherKey = await openShare(this.others[0], outputs[1].private_key);
    this.parameters = { threshold: 2, certs: this.certs, coefexps: this.polynomials.map(({ coefexps }) => coefexps),
      signatures: this.polynomials.map(({ signature }) => signature), verification_keys: outputs.map((output) => output.public_key) };
    this.publicKey = voutput.public_key.public_key;
    return { step: "rehearse", public_key: this.publicKey, inputs: { nonce: "n-1", private_key: this.privateKey } };
  }

  async rehearse({ proof }) {
    const group = groupNamed("Ed25519");
    const prefix = `rehearsal|${UUID}|${this.publicKey}|n-1|`;
    if (!(await knows(group, group.fixedBase(group.g), group.decodeKey(this.publicKey), prefix, proof))) throw new Error("rehearsal");
    await this.vote();
    return { step: "shuffle", inputs: { private_key: this.privateKey } };
  }

  /** Opens the election, has three ballots cast, closes it. */
  async vote() {
    const group = groupNamed("Ed25519");
    const y = group.encode(group.product(this.parameters.coefexps.map(({ message }) => group.decode(JSON.parse(message).coefexps[0]))));
    const text = JSON.stringify({ version: 1, description: "d", name: "n", group: "Ed25519", public_key: y, questions: [ranking(3), approval(2, 0, 2)], uuid: UUID });
    const election = await readElection(text);
    const roll = await Promise.all(CREDENTIALS.map((code) => deriveCredential(election, code)));
    const objects = [text, JSON.stringify([["Pedersen", this.parameters]]), JSON.stringify(roll.map(({ publicText }) => publicText))];
    this.writer = new ArchiveWriter();
    this.writer.append("Setup", ...objects, `{"election":"${sha(objects[0])}","trustees":"${sha(objects[1])}","credentials":"${sha(objects[2])}"}`);
    const ballots = [];
    for (const [i, choices] of [[[1, 2, 3], [1, 0]], [[3, 2, 1], [1, 1]], [[0, 0, 0], [0, 0]]].entries()) {
      const { ballot } = await makeBallot(election, CREDENTIALS[i], choices);
      this.writer.append("Ballot", ballot);
      ballots.push(await verifyBallot(election, ballot));
    }
    this.writer.append("EndBallots");
    const own = encryptedTally(election, ballots, new Map(roll.map(({ publicText }) => [publicText, 1n])));
    this.writer.append("EncryptedTally", own.text, `{"num_tallied":3,"total_weight":3,"encrypted_tally":"${sha(own.text)}"}`);
  }

  async shuffle({ shuffle }) {
    this.writer.owned("Shuffle", 1, shuffle);
    this.writer.append("EndShuffles");
    return { step: "decrypt", inputs: { private_key: this.privateKey } };
  }

  async decrypt(payload) {
    const state = await auditArchive(this.writer.bytes());
    this.writer.owned("PartialDecryption", 1, payload.partial_decryption);
    this.writer.owned("PartialDecryption", 2, await makePartialDecryption(state, this.otherKey));
    return { step: "done", inputs: {} };
  }
}

/** Chooses the key file and types the passphrase. */
async function unlock(page, file, action, passphrase = PASSPHRASE) {
  await page.getByLabel("Your key file").setInputFiles({ name: "key.json", mimeType: "application/json", buffer: Buffer.from(file) });
  await page.getByLabel("Passphrase of the file").fill(passphrase);
  await press(page, action);
}

export async function trustee(browser, report, out) {
  const files = [];
  const ceremony = await new Ceremony().setUp();
  const server = await startBoothServer({ questions: [approval(2, 0, 1)], pages: [{ kind: "approval" }] });
  server.state.routes = {
    "/trustee": () => [200, "text/html; charset=utf-8", server.html("trustee", "trustee-page.mjs", "/trustee.json", "Trustee")],
    "/trustee.json": () => [200, "application/json", ceremony.text()],
    "/election.bel": () => [200, "application/octet-stream", Buffer.from(ceremony.writer.bytes())],
    "/submit": async (body, request) => {
      if (request.headers["x-csrf-token"] !== "token-2") return [403, "application/json", '{"error":{"code":"csrf","message":"expired"}}'];
      const { step, payload } = JSON.parse(body);
      return [200, "application/json", `{"document":${await ceremony.next(step, payload)}}`];
    },
  };
  const page = await openPage(browser, report, "trustee");
  await page.goto(`${server.url}/trustee`);
  await heading(page, "Create your key");
  await inspect(page, report, "trustee-key", out, files);
  await press(page, "Create my key");
  await page.locator(".error-summary", { hasText: "at least 12 characters" }).waitFor();
  await page.getByLabel("Choose a passphrase for your key file").fill(PASSPHRASE);
  await page.getByLabel("Type it again").fill(PASSPHRASE);
  await press(page, "Create my key");
  await heading(page, "Save your key file");
  const [download] = await Promise.all([page.waitForEvent("download"), press(page, "Save the key file")]);
  const file = readFileSync(await download.path(), "utf8");
  const { secret } = await openKeyFile(file, PASSPHRASE);
  report.check("trustee", /^[1-9A-Za-z]{22}$/.test(secret.seed), "the saved file holds a seed");
  await heading(page, "Drop the file back in");
  report.check("trustee", ceremony.sent.length === 0, "nothing is sent before the file was proved");
  await unlock(page, file, "Check the file", "not the passphrase");
  await page.locator(".error-summary", { hasText: "passphrase is wrong" }).waitFor();
  await inspect(page, report, "trustee-proof", out, files);
  await unlock(page, file, "Check the file");
  await heading(page, "Send your public key");
  await press(page, "Send my public key");
  for (const [title, action, next] of [
    ["Commit to your part", "Make my commitment", "Reveal your part"],
    ["Reveal your part", "Reveal my part", "Receive your share"],
    ["Receive your share", "Check and receive my share", "Rehearse"],
    ["Rehearse", "Prove that my key works", "Shuffle the ballots"],
  ]) {
    await heading(page, title);
    await unlock(page, file, action);
    await heading(page, next);
    report.pass("trustee");
  }
  await unlock(page, file, "Verify and shuffle");
  await heading(page, "Send your shuffle");
  await press(page, "Send my shuffle");
  await heading(page, "Open the count");
  await unlock(page, file, "Verify and decrypt");
  await heading(page, "Send your share of the count");
  report.check("trustee", await page.getByText("3 (the last one of each voter)").isVisible(), "the counted ballots are shown");
  await inspect(page, report, "trustee-confirm", out, files);
  await press(page, "Send my share");
  await heading(page, "Your part is done");
  const state = await auditArchive(ceremony.writer.bytes());
  report.check("trustee", state.decryptedBy.join() === "1,2" && state.shuffledBy.join() === "1", "the archive made with the browser's parts is valid");
  writeFileSync(`${out}trustee.bel`, ceremony.writer.bytes());
  const leaked = server.state.requests.concat(JSON.stringify(ceremony.sent)).some((line) => line.includes(secret.seed));
  report.check("trustee", !leaked, "the seed reached the server");

  ceremony.document = { step: "decrypt", inputs: { private_key: ceremony.privateKey } };
  await page.reload();
  await unlock(page, file, "Verify and decrypt");
  await page.locator(".error-summary", { hasText: "already decrypted" }).waitFor();
  report.pass("trustee");
  await page.context().close();
  await server.close();
  checkMarkup(files, report);
}
