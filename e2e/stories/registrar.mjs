// Somebody else makes the voting codes: two officers freeze the roll, a registrar takes it, makes the codes in a browser, shows
// that the file with them is safe, and hands over their public halves. No code ever leaves the device.
import { readFileSync } from "node:fs";

export const name = "codes by an external registrar";
const SLUG = "charter-2026", STAFF = `/staff/elections/${SLUG}`;

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
  t.check(await officer.getByText(`${codes} of ${codes} public codes are received`).isVisible(), "all of them are there");
  await t.axe(officer, "public codes received");
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

/** The registrar's part; how many codes. */
async function registrar(t, page) {
  const sent = [];
  page.on("request", (request) => sent.push({ origin: new URL(request.url()).origin, body: request.postData() ?? "" }));
  await page.goto(`${t.url}${STAFF}/registrar`);
  await t.axe(page, "the registrar's page");
  await t.shot(page, "registrar-1280");
  const [roll] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the roll" }).click()]);
  const taken = readFileSync(await roll.path(), "utf8").trim().split("\r\n").slice(1).map((line) => line.slice(0, line.indexOf(",")));
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
  return lines.length;
}
