// A returns officer prepares an election in the demo, from the draft to the announcement; a second one is half way: its
// roll is checked by a member and corrected by two officers; somebody practises with a ballot that is never counted.
import { readFileSync } from "node:fs";
import { reflow } from "../lib/checks.mjs";

export const name = "an officer prepares an election";
const SLUG = "work-group-2026";
const STAFF = `/staff/elections/${SLUG}`;

export async function run(t) {
  const page = await (await t.context()).newPage();
  await t.signIn(page, t.account("returns_officer"));
  const go = (path) => page.goto(t.url + path);
  const press = async (name) => { await page.locator("main").getByRole("button", { name }).first().click(); await page.waitForLoadState(); };

  await go("/staff/elections");
  await t.axe(page, "elections for staff");
  await page.getByRole("link", { name: "New election or vote" }).click();
  await press("Make a draft");
  t.check(await page.locator(".error-summary").isVisible(), "an empty form is refused");
  await page.getByLabel("Board election").check();
  await page.getByLabel("Title", { exact: true }).fill("Fellows work group 2026");
  await page.getByLabel("Address").fill(SLUG);
  await page.getByLabel("First day of voting").fill(day(40));
  await look(t, page, "officer-new");
  await press("Make a draft");
  t.check(await page.getByText("Before it can be announced").isVisible(), "the task list says what is missing");
  await look(t, page, "officer-tasks");

  await page.getByRole("link", { name: "Details" }).click();
  await page.getByLabel("What is decided and why").fill("Two seats of the work group are to be filled.");
  await page.getByLabel("Address for questions").fill("returns-officer@lanternmoor.example");
  await look(t, page, "officer-details");
  await press("Save");

  await page.getByRole("link", { name: "Timeline" }).click();
  const close = page.getByRole("group", { name: "Voting ends" });
  await close.getByLabel("Time").fill("end of day");
  await close.getByLabel("Zone").fill("AoE");
  await press("Save");
  t.check(await page.getByText("end of day Anywhere on Earth").first().isVisible(), "the end of a day, Anywhere on Earth");
  t.check(await page.getByText("the rule is 14 days").isVisible(), "a warning of the rules is shown");
  await page.getByLabel("Reason to let it stand").first().fill("The last day counts everywhere.");
  await look(t, page, "officer-timeline");
  await press("Let it stand");
  await go(STAFF);

  await page.getByRole("link", { name: "Electorate" }).click();
  await page.getByLabel("The members of a body").check();
  await page.getByLabel("Body", { exact: true }).selectOption("board");
  await press("Save");
  t.check(await page.getByText("it would have").isVisible(), "the page says how many would have the vote");
  await look(t, page, "officer-electorate");

  await go(`${STAFF}/questions/1`);
  await page.getByLabel("How many are elected").fill("3");
  for (const [i, answer] of ["Noor Haddad", "Ines Falk", "Kei Arai"].entries()) {
    await page.getByRole("group", { name: `Answer ${i + 1}` }).getByLabel("Name").fill(answer);
  }
  await press("Save");
  t.check(await page.getByText("leave nothing to decide").first().isVisible(), "three answers for three seats are refused");
  await look(t, page, "officer-question");
  await page.getByLabel("How many are elected").fill("2");
  await press("Save");
  t.check(await page.getByText("2 seats").isVisible(), "the question is saved");
  await look(t, page, "officer-questions");

  await go(`${STAFF}/rules`);
  await page.getByLabel("By a lot that anybody can reproduce").check();
  await look(t, page, "officer-rules");
  await press("Save");
  t.check(await page.getByText("Everything is set.").isVisible(), "nothing is missing any more");
  await press("Announce the election");
  t.check(await page.getByRole("link", { name: "Its public page" }).isVisible(), "the election is public");
  await go(`${STAFF}/rehearsal`);
  await look(t, page, "officer-rehearsal");
  await go(`${STAFF}/messages`);
  await look(t, page, "officer-messages");
  await go(`/elections/${SLUG}/rules`);
  await look(t, page, "public-rules");

  // The election that the demo prepares: its roll is published and somebody objects.
  await go("/staff/elections/charter-2026/roll");
  t.check(await page.getByText("Published for objections").isVisible(), "the roll is published");
  await look(t, page, "officer-roll");
  await page.getByLabel("Answer").first().fill("You are on it; see the page of the roll.");
  await press("Answer");
  await press("Propose to freeze the roll");
  const proposal = page.url();
  t.check(proposal.includes("/staff/approvals/"), "the freeze waits for a second officer");
  const second = await (await t.context()).newPage();
  await t.signIn(second, t.account("second_officer"));
  await second.goto(proposal);
  t.check(await second.getByText("Needed for the quorum").isVisible(), "the second officer reads what the freeze means");
  await look(t, second, "officer-approve-freeze");
  await second.locator("main").getByRole("button", { name: /approve/i }).first().click();
  await second.waitForLoadState();
  await go("/staff/elections/charter-2026");
  await look(t, page, "officer-tasks-announced");

  const member = await (await t.context()).newPage();
  await t.signIn(member, t.account("third_member"));
  await member.goto(`${t.url}/elections/charter-2026/roll`);
  t.check(await member.getByText("You are on it; see the page of the roll.").isVisible(), "the answer stands on the member's page");
  await look(t, member, "public-roll");
  await practise(t, member);
}

async function practise(t, page) {
  const sent = [];
  page.on("request", (request) => sent.push(request.method()));
  await page.goto(`${t.url}/elections/charter-2026/practice`);
  await page.getByRole("radio").first().check();
  await look(t, page, "practice-choose");
  await page.getByRole("button", { name: "Seal the practice ballot" }).click();
  await page.getByRole("heading", { level: 1, name: "Sealed, not cast" }).waitFor();
  await look(t, page, "practice-sealed");
  await page.getByRole("button", { name: "Test the encryption" }).click();
  await page.getByText("the same to the byte").waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the test file" }).click()]);
  const record = readFileSync(await file.path());
  t.check(JSON.parse(record).seed.length === 64, "the test file shows the randomness");
  await page.getByRole("button", { name: "Practise again" }).click();
  await page.getByText("Check a test file from another device").click();
  await page.getByLabel("Test file").setInputFiles({ name: "practice-test.json", mimeType: "application/json", buffer: record });
  await page.getByRole("button", { name: "Check it" }).click();
  await page.getByText("holds exactly these choices").waitFor();
  t.check(sent.every((method) => method === "GET"), "practising sends nothing");
}

function day(distance) {
  return new Date(Date.now() + distance * 86_400_000).toISOString().slice(0, 10);
}

async function look(t, page, label) {
  await t.axe(page, label);
  await t.shot(page, `${label}-1280`);
  await page.emulateMedia({ colorScheme: "dark" });
  await t.shot(page, `${label}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 800 });
  await reflow(page, t.report, label);
  await t.shot(page, `${label}-320`);
  await page.setViewportSize(size);
}
