// Somebody else makes the voting codes: two officers freeze the roll, a registrar takes it, makes the codes in a browser, shows
// that the file with them is safe, and hands over their public halves. No code ever leaves the device. Then the trustee makes a
// key, two officers agree to open, and at the announced instant a voter casts with the link from the registrar's file; the link
// of somebody else is refused. It moves the clock by days, so it has a demo of its own.
import { readFileSync } from "node:fs";
import { openMail } from "../lib/people.mjs";

export const name = "codes by an external registrar";
export const own = true;
const SLUG = "charter-2026", STAFF = `/staff/elections/${SLUG}`, PASSPHRASE = "a heron over still water";

export async function run(t) {
  const as = async (role) => { const page = await (await t.context()).newPage(); await t.signIn(page, t.account(role)); return page; };
  const officer = await as("returns_officer"), second = await as("second_officer");
  const go = (page, path) => page.goto(t.url + path);
  const press = async (page, name) => { await page.locator("main").getByRole("button", { name }).first().click(); await page.waitForLoadState(); };
  const approve = async (proposal) => {
    if (proposal) await second.goto(proposal);
    else { await go(second, "/staff/approvals"); await second.locator("main").getByRole("link", { name: "Accept a key that needs every trustee" }).first().click(); }
    t.check(/\/staff\/approvals\/./.test(second.url()), "a second officer has to agree");
    await press(second, /approve/i);
  };

  await go(officer, `${STAFF}/registrar`);
  await officer.getByLabel("Somebody else").check();
  await press(officer, "Save");
  t.check(await officer.getByText(/^0 of \d+ public codes are received/).isVisible(), "the server waits for public halves");
  await frozen(officer, { go, press, approve });
  const { links, codes } = await registrar(t, await as("registrar"));
  await go(officer, `${STAFF}/registrar`);
  t.check(await officer.getByText(`${codes} of ${codes} public codes are received`).isVisible(), "all of them are there");
  await t.axe(officer, "public codes received");
  await opening(t, officer, await as("trustee"), { go, press, approve });
  await voting(t, links);
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

/** The registrar's part: how many codes, and the links by mail address, as the registrar sends them. */
async function registrar(t, page) {
  const sent = [];
  page.on("request", (request) => sent.push({ origin: new URL(request.url()).origin, body: request.postData() ?? "" }));
  await page.goto(`${t.url}${STAFF}/registrar`);
  await t.axe(page, "the registrar's page");
  await t.shot(page, "registrar-1280");
  const [roll] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the roll" }).click()]);
  const people = readFileSync(await roll.path(), "utf8").trim().split("\r\n").slice(1).map((line) => line.split(","));
  const taken = people.map(([entry]) => entry);
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
  await page.getByText("This is not the file with the codes just made.").first().waitFor();
  t.check(await page.getByLabel("Choose the saved file").isVisible(), "a file with another code is refused");
  await page.getByLabel("Choose the saved file").setInputFiles({ name: "codes.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await page.getByRole("button", { name: "Check the file" }).click();
  await t.shot(page, "registrar-hand-over-1280");
  await page.getByRole("button", { name: "Hand over the public halves" }).click();
  await page.getByText(/of \d+ public codes are received/).waitFor();
  t.check(lines.map(([entry]) => entry).sort().join() === taken.sort().join(), "a code for every entry");
  t.check(sent.every(({ origin }) => origin === t.url), "no other origin is asked");
  t.check(!sent.some(({ body }) => lines.some(([, code]) => body.includes(code))), "no code leaves the device");
  const linkOf = new Map(lines.map(([entry, , link]) => [entry, link]));
  const links = new Map(people.map((fields) => [fields.at(-1).replaceAll('"', ""), linkOf.get(fields[0])]));
  return { links, codes: lines.length };
}

/** A trustee's key, the test mail, the rehearsal, and the agreement of two officers to open. */
async function opening(t, officer, trustee, { go, press, approve }) {
  await go(officer, `${STAFF}/trustees`);
  await officer.getByLabel("How many must take part in the count").fill("0");
  await press(officer, "Set the threshold");
  await press(officer, "Invite the trustees");
  await trusteesKey(t, trustee);
  await go(officer, `${STAFF}/trustees`);
  await officer.getByLabel("Why no trustee can be spared").fill("One question, and the body can vote again.");
  await press(officer, "Propose to accept the risk");
  await approve();

  await go(officer, `${STAFF}/messages`);
  await press(officer, "Send me a test mail");
  await openMail(officer, t.url, t.account("returns_officer").email, /test mail/i);
  const word = (await officer.locator(".mail pre").first().innerText()).split("\n").map((line) => line.trim()).find((line) => /^\S{8}$/.test(line));
  await go(officer, `${STAFF}/messages`);
  await officer.getByLabel("Word in the test mail").fill(word);
  await press(officer, "It arrived");
  await go(officer, `${STAFF}/rehearsal`);
  await press(officer, "The seats are right");
  await press(officer, "Finish the rehearsal");
  await go(officer, `${STAFF}/open`);
  await press(officer, "Propose to open voting");
  await approve(officer.url());
  await go(officer, `${STAFF}/open`);
  t.check(await officer.getByText("The ballot box is set up").isVisible(), "two officers agreed to open");
}

/** The trustee makes a key, saves its file, and shows that it opens. */
async function trusteesKey(t, page) {
  await page.goto(`${t.url}/elections/${SLUG}/trustee`);
  await page.getByLabel("Choose a passphrase for your key file").fill(PASSPHRASE);
  await page.getByLabel("Type it again").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Create my key" }).click();
  const save = page.getByRole("button", { name: "Save the key file" });
  await save.waitFor();
  const [saved] = await Promise.all([page.waitForEvent("download"), save.click()]);
  const file = { name: "key.json", mimeType: "application/json", buffer: readFileSync(await saved.path()) };
  for (const action of ["Check the file", "Prove that my key works"]) {
    const button = page.getByRole("button", { name: action });
    await button.waitFor();
    await page.getByLabel("Your key file").setInputFiles(file);
    await page.getByLabel("Passphrase of the file").fill(PASSPHRASE);
    await button.click();
    if (action === "Check the file") await page.getByRole("button", { name: "Send my public key" }).click();
  }
  await page.getByRole("heading", { level: 1, name: "Nothing to do now" }).waitFor();
}

/** At the announced instant the box opens; the registrar's link works for its owner alone. */
async function voting(t, links) {
  const page = await (await t.context()).newPage();
  const sent = [];
  page.on("request", (request) => sent.push(`${request.url().split("#")[0]} ${request.headers().referer ?? ""} ${request.postData() ?? ""}`));
  const open = async () => { await page.goto(`${t.url}/elections/${SLUG}`); return page.getByText("Voting open", { exact: true }).first().isVisible(); };
  for (const hours of [96, 24]) {
    if (await open()) break;
    await page.goto(`${t.url}/demo`);
    await page.getByLabel("Hours to move on").fill(String(hours));
    await page.getByRole("button", { name: "Move the clock on" }).click();
    await page.getByText(`It is now ${hours} h later here`).waitFor();
    // The server looks at its elections every few seconds.
    for (let tries = 0; tries < 40 && !(await open()); tries += 1) await page.waitForTimeout(250);
  }
  t.check(await open(), "voting opens at the announced instant");

  const voter = t.account("member");
  const [, other] = [...links].find(([address]) => address !== voter.email);
  const own = links.get(voter.email);
  t.check(own?.includes("/vote#c="), "the file of the registrar holds a link for the voter");
  await t.signIn(page, voter);
  await page.goto(other);
  await page.getByText("This code is for another election or another person.").first().waitFor();
  t.check(true, "a code of somebody else is refused before any choice");
  await page.goto("about:blank");
  await page.goto(own);
  await page.getByLabel("Yes").check();
  await page.getByRole("button", { name: "Check your choices" }).click();
  await page.getByText("Sealed on this device.").waitFor();
  await page.getByRole("button", { name: "Cast your ballot" }).click();
  await page.getByRole("heading", { level: 1, name: "Your ballot is in the ballot box" }).waitFor();
  await t.shot(page, "registrar-receipt-1280");
  const tracker = (await page.locator(".tracker span").allTextContents()).join("");
  await page.goto(`${t.url}/elections/${SLUG}/check?tracker=${encodeURIComponent(tracker)}`);
  t.check(await page.getByText("is in the ballot box").isVisible(), "the tracker is on the board");
  t.check(!sent.some((request) => [own, other].some((link) => request.includes(link.split("#c=")[1]))), "no code reaches the server");
}
