// Three trustees in three browsers: a key of which two parts are enough, the rehearsal, the vote; then one has lost the key
// file, and the other two open the result. Server, voters and officers are a replay of an election that was really held,
// which says itself whether the published numbers came out.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const name = "three trustees";
const PASSPHRASE = "three lamps on the moor";

export async function run(t) {
  const folder = mkdtempSync(join(tmpdir(), "folkmoot-trustees-"));
  const file = join(folder, "trustees.json");
  const replay = spawn(process.env.FOLKMOOT_BIN, ["replay", "council-2024", "--trustees", file, "--serve"], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  replay.stdout.on("data", (piece) => { said += piece; });
  const ended = new Promise((done) => replay.once("exit", done));
  const until = async (words) => { while (!said.includes(words)) { if (replay.exitCode !== null) throw new Error(`the replay ended: ${said}`); await new Promise((done) => setTimeout(done, 50)); } };
  try {
    await until("Waiting for three trustees");
    t.check(existsSync(file), "the sessions of the trustees are written");
    await hold(t, () => JSON.parse(readFileSync(file, "utf8")), until);
  } finally {
    replay.kill("SIGTERM");
    // While it waits for trustees it does not listen to that.
    const patience = setTimeout(() => replay.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(patience);
    rmSync(folder, { recursive: true });
  }
}

async function hold(t, read, until) {
  const { url, election, trustees } = read();
  const all = [];
  const signIn = (context, session) => { const [cookie, value] = session.split("="); return context.addCookies([{ name: cookie, value, url }]); };
  for (const [i, session] of trustees.entries()) {
    const context = await t.context();
    await signIn(context, session);
    const page = await context.newPage();
    const sent = [];
    page.on("request", (request) => sent.push({ origin: new URL(request.url()).origin, body: request.postData() ?? "" }));
    all.push({ page, sent, number: i + 1, file: null });
  }
  const open = async ({ page }) => { await page.goto(`${url}${election}/trustee`); await page.getByRole("heading", { level: 1 }).first().waitFor(); };

  for (const one of all) {
    await open(one);
    await makeKey(t, one);
  }
  for (const [action, next] of [
    ["Make my commitment", "Reveal my part"], ["Reveal my part", "Check and receive my share"], ["Check and receive my share", "Prove that my key works"], ["Prove that my key works", null],
  ]) {
    for (const one of all) {
      await open(one);
      const asked = one.page.getByRole("button", { name: action }).waitFor({ timeout: 10_000 }).then(() => true, () => false);
      t.check(await asked, `trustee ${one.number} is asked: ${action}`);
      if (next) t.check((await one.page.getByRole("button", { name: next }).count()) === 0, `${next} waits for the others`);
      await unlock(one, action);
    }
    if (action === "Make my commitment") await t.shot(all[0].page, "three-trustees-ceremony");
  }

  await until("Voting is over");
  for (const [i, session] of read().trustees.entries()) await signIn(all[i].page.context(), session);
  // The third one has lost the key file: the page says what it needs, and no other passphrase or file helps.
  const [first, second, third] = all;
  await open(third);
  third.file = first.file;
  await unlock(third, "Prove that my key works", true);
  await third.page.locator(".error-summary").waitFor();
  t.check(true, "another trustee's file does not do");
  for (const one of [first, second]) {
    await open(one);
    await unlock(one, "Prove that my key works");
  }
  for (const one of [first, second]) {
    await open(one);
    await unlock(one, "Verify and decrypt", true);
    await one.page.getByRole("button", { name: "Send my share" }).waitFor();
    await t.shot(one.page, `three-trustees-decrypt-${one.number}`);
    await one.page.getByRole("button", { name: "Send my share" }).click();
    await one.page.getByRole("heading", { level: 1, name: "Your part is done" }).waitFor();
  }
  await until("Open http");
  const visitor = await (await t.context()).newPage();
  await visitor.goto(`${url}${election}`);
  t.check(await visitor.getByText("Result announced").first().isVisible(), "the result is announced without the third key");
  t.check(await visitor.getByText(/are elected\./).first().isVisible(), "the first sentence says who is elected");
  await t.shot(visitor, "three-trustees-result");
  for (const { sent, seed, number } of all) {
    t.check(sent.every(({ origin }) => origin === url), `trustee ${number}: no other origin is asked`);
    t.check(!sent.some(({ body }) => body.includes(PASSPHRASE) || body.includes(seed)), `trustee ${number}: the key stays on the device`);
  }
}

async function makeKey(t, one) {
  const { page } = one;
  await page.getByLabel("Choose a passphrase for your key file").fill(PASSPHRASE);
  await page.getByLabel("Type it again").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Create my key" }).click();
  const save = page.getByRole("button", { name: "Save the key file" });
  await save.waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), save.click()]);
  one.file = readFileSync(await download.path(), "utf8");
  const { openKeyFile } = await import("../../static/booth/keyfile.mjs");
  one.seed = (await openKeyFile(one.file, PASSPHRASE)).secret.seed;
  t.check(/^[1-9A-Za-z]{22}$/.test(one.seed), `trustee ${one.number} has a key file`);
  await unlock(one, "Check the file", true);
  const send = page.getByRole("button", { name: "Send my public key" });
  await send.waitFor();
  await Promise.all([page.waitForResponse((response) => response.request().method() === "POST"), send.click()]);
}

/** Chooses the key file and presses; waits for the answer unless `local`. */
async function unlock(one, action, local = false) {
  const { page, file } = one;
  const button = page.getByRole("button", { name: action });
  await button.waitFor();
  await page.getByLabel("Your key file").setInputFiles({ name: "key.json", mimeType: "application/json", buffer: Buffer.from(file) });
  await page.getByLabel("Passphrase of the file").fill(PASSPHRASE);
  const answer = local ? null : page.waitForResponse((response) => response.request().method() === "POST");
  await button.click();
  if (answer && !(await answer).ok()) throw new Error(`${action}: ${(await answer).status()} ${await (await answer).text()}`);
}
