// Somebody else makes the voting codes: a registrar generates them in a browser and hands over their public halves, the election
// is rehearsed and opened by two officers, and a member votes with a code that this server has never seen.
import { readFileSync } from "node:fs";
import { openMail } from "../lib/people.mjs";

export const name = "codes by an external registrar";
// It moves the clock by days: after the others, before those that move it by weeks.
export const last = 0.5;
const SLUG = "charter-2026", STAFF = `/staff/elections/${SLUG}`, PASSPHRASE = "two lamps on the moor";

export async function run(t) {
  const as = async (role) => { const page = await (await t.context()).newPage(); await t.signIn(page, t.account(role)); return page; };
  const officer = await as("returns_officer"), second = await as("second_officer");
  const go = (page, path) => page.goto(t.url + path);
  const press = async (page, name) => { await page.locator("main").getByRole("button", { name }).first().click(); await page.waitForLoadState(); };
  const approve = async (proposal) => {
    t.check(proposal.includes("/staff/approvals/"), "a second officer has to agree");
    await second.goto(proposal);
    await press(second, /approve/i);
  };

  await go(officer, `${STAFF}/registrar`);
  await officer.getByLabel("Somebody else").check();
  await press(officer, "Save");
  t.check(await officer.getByText(/^0 of \d+ public codes are received/).isVisible(), "the server waits for public halves");
  await frozen(officer, { go, press, approve });
  const codes = await registrar(t, await as("registrar"));
  await go(officer, `${STAFF}/registrar`);
  t.check(await officer.getByText(`${codes.entries} of ${codes.entries} public codes are received`).isVisible(), "all of them are there");
  await t.axe(officer, "public codes received");

  await ready(t, officer, { go, press, approve }, await as("trustee"));
  const visitor = await (await t.context()).newPage();
  await go(visitor, "/demo");
  await visitor.getByLabel("Hours to move on").fill("112");
  await visitor.getByRole("button", { name: "Move the clock on" }).click();
  await visitor.waitForLoadState();
  await go(visitor, `/elections/${SLUG}`);
  while (!(await visitor.getByText("Voting open").first().isVisible())) await visitor.reload();

  const member = await as("third_member");
  const link = codes.linkOf(t.account("third_member").email);
  await member.goto(link);
  await member.getByRole("radio").first().waitFor();
  t.check(!member.url().includes("#"), "the code leaves the address at once");
  await member.getByRole("radio").first().check();
  await member.getByRole("button", { name: "Check your choices" }).click();
  await member.getByText("Sealed on this device.").waitFor();
  await member.getByRole("button", { name: "Cast your ballot" }).click();
  await member.getByRole("heading", { level: 1, name: "Your ballot is in the ballot box" }).waitFor();
  await t.shot(member, "registrar-receipt-1280");
}

/** Two officers freeze the roll, unless another story has done so. */
async function frozen(page, { go, press, approve }) {
  await go(page, `${STAFF}/roll`);
  const answer = page.getByLabel("Answer").first();
  if (await answer.isVisible()) {
    await answer.fill("You are on it; see the page of the roll.");
    await press(page, "Answer");
  }
  const freeze = page.getByRole("button", { name: "Propose to freeze the roll" });
  if (!(await freeze.isVisible())) return;
  await freeze.click();
  await page.waitForLoadState();
  await approve(page.url());
}

/** The registrar's part; how many codes, and the link for an address. */
async function registrar(t, page) {
  const sent = [];
  page.on("request", (request) => sent.push({ origin: new URL(request.url()).origin, body: request.postData() ?? "" }));
  await page.goto(`${t.url}${STAFF}/registrar`);
  await t.axe(page, "the registrar's page");
  await t.shot(page, "registrar-1280");
  const [roll] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the roll" }).click()]);
  const addresses = new Map(readFileSync(await roll.path(), "utf8").trim().split("\r\n").slice(1).map((line) => {
    const [entry, rest] = [line.slice(0, line.indexOf(",")), line.slice(line.lastIndexOf(",") + 1)];
    return [rest.replaceAll('"', ""), entry];
  }));
  await page.getByRole("link", { name: "Make the codes in this browser" }).click();
  const make = page.getByRole("button", { name: "Make the codes" });
  await make.waitFor();
  await t.axe(page, "making the codes");
  await make.click();
  const save = page.getByRole("button", { name: "Save the file" });
  await save.waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), save.click()]);
  const text = readFileSync(await file.path(), "utf8");
  const lines = text.trim().split("\r\n").slice(1).map((line) => line.split(","));
  await page.getByLabel("Choose the saved file").setInputFiles({ name: "codes.csv", mimeType: "text/csv", buffer: Buffer.from(text.replace(lines[0][1], lines.at(-1)[1])) });
  await page.getByRole("button", { name: "Check the file" }).click();
  t.check(await page.getByText("This is not the file with the codes just made.").first().isVisible(), "a file with another code is refused");
  await page.getByLabel("Choose the saved file").setInputFiles({ name: "codes.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await page.getByRole("button", { name: "Check the file" }).click();
  await t.shot(page, "registrar-hand-over-1280");
  await page.getByRole("button", { name: "Hand over the public halves" }).click();
  await page.getByText(/public codes are received/).waitFor();
  t.check(lines.length === addresses.size, "a code for every entry");
  t.check(sent.every(({ origin }) => origin === t.url), "no other origin is asked");
  t.check(!sent.some(({ body }) => lines.some(([, code]) => body.includes(code))), "no code leaves the device");
  const byEntry = new Map(lines.map(([entry, , link]) => [entry, link]));
  return { entries: lines.length, linkOf: (address) => byEntry.get(addresses.get(address)) };
}

/** The trustee's key, the consent that there is no spare, the test mail, the preview, and the consent to open. */
async function ready(t, officer, { go, press, approve }, trustee) {
  await go(officer, `${STAFF}/trustees`);
  await press(officer, "Invite the trustees");
  await makeKey(t, trustee);
  await go(officer, `${STAFF}/trustees`);
  await officer.getByLabel("Why no trustee can be spared").fill("A vote of the demonstration");
  await press(officer, "Propose to accept the risk");
  await approve(officer.url());
  await go(officer, `${STAFF}/messages`);
  await press(officer, "Send me a test mail");
  await openMail(officer, t.url, t.account("returns_officer").email, /test/i);
  const mail = await officer.locator(".mail pre").first().innerText();
  const word = mail.split("\n").map((line) => line.trim()).find((line) => /^[a-z0-9]{8}$/.test(line));
  await go(officer, `${STAFF}/messages`);
  await officer.getByLabel("Word in the test mail").fill(word);
  await press(officer, "It arrived");
  await go(officer, `${STAFF}/rehearsal`);
  await press(officer, "The seats are right");
  await press(officer, "Finish the rehearsal");
  await go(officer, `${STAFF}/open`);
  await t.axe(officer, "ready to open");
  await press(officer, "Propose to open voting");
  await approve(officer.url());
  t.check(await (async () => { await go(officer, `${STAFF}/open`); return officer.getByText("The ballot box is set up.").isVisible(); })(), "the ballot box is set up");
}

async function makeKey(t, page) {
  await page.goto(`${t.url}/elections/${SLUG}/trustee`);
  await page.getByLabel("Choose a passphrase for your key file").fill(PASSPHRASE);
  await page.getByLabel("Type it again").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Create my key" }).click();
  const save = page.getByRole("button", { name: "Save the key file" });
  await save.waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), save.click()]);
  const file = readFileSync(await download.path());
  const unlock = async (action) => {
    const button = page.getByRole("button", { name: action });
    await button.waitFor();
    await page.getByLabel("Your key file").setInputFiles({ name: "key.json", mimeType: "application/json", buffer: file });
    await page.getByLabel("Passphrase of the file").fill(PASSPHRASE);
    await button.click();
  };
  const posted = () => page.waitForResponse((response) => response.request().method() === "POST");
  await unlock("Check the file");
  const send = page.getByRole("button", { name: "Send my public key" });
  await send.waitFor();
  await Promise.all([posted(), send.click()]);
  await Promise.all([posted(), unlock("Prove that my key works")]);
}
