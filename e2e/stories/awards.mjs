// A team is nominated for the Community Service Award of the quarter and one person for the Distinguished Service Award, by people
// without an account; the board votes; the clock moves on; the public pages and the certificates are there.
import { reflow } from "../lib/checks.mjs";
import { followMailedLink } from "../lib/people.mjs";

export const name = "awards from nomination to public page";
// It moves the clock by weeks, so it comes after the other stories.
export const last = true;
const TEAM = ["Ottilie Brandt", "Sefa Tuilagi", "Noor Haddad", "Ivo Petrović", "Lin Mei"];
const BOARD = ["certifier", "chair", "member", "second_member"];

export async function run(t) {
  const page = await (await t.context()).newPage();
  const go = (where, path) => where.goto(t.url + path);
  const press = async (where, label) => { await where.locator("main").getByRole("button", { name: label }).first().click(); await where.waitForLoadState(); };

  await go(page, "/awards");
  await look(t, page, "awards");
  await go(page, "/awards/community-service/nominate");
  await press(page, "Send the nomination");
  t.check(await page.getByRole("alert").first().isVisible(), "an empty nomination is refused with a summary");
  await page.getByLabel("Whom do you nominate?").fill(TEAM.join("\n"));
  await page.getByLabel("Name of the team").fill("The handbook team");
  await page.getByLabel("For what, in one sentence?").fill("for the handbook of local groups");
  await page.getByLabel("What have they done?").fill("In one winter they wrote what every group needs.");
  await page.getByLabel("Links").fill("https://handbook.lanternmoor.example/");
  await page.getByLabel("Your name").fill("Marit Solberg");
  await page.getByLabel("Your e-mail address").fill("marit@visitors.example");
  await look(t, page, "awards-nominate");
  await press(page, "Send the nomination");
  await followMailedLink(page, t.url, "marit@visitors.example");
  await press(page, "Send my nomination");
  t.check(await page.getByText("Thank you for your nomination").isVisible(), "the author is thanked");

  await go(page, "/awards/distinguished-service/nominate");
  await page.getByLabel("Whom do you nominate?").fill("Halldóra Finnsdóttir");
  await page.getByLabel("For what, in one sentence?").fill("for thirty years of building this community");
  await page.getByLabel("What have they done?").fill("Without them there would be no foundation.");
  await page.getByLabel("Your name").fill("Marit Solberg");
  await page.getByLabel("Your e-mail address").fill("marit@visitors.example");
  await press(page, "Send the nomination");
  await followMailedLink(page, t.url, "marit@visitors.example");
  await press(page, "Send my nomination");

  // The board: the chair words the citation and puts the second award, which has no calendar, to the vote.
  for (const role of BOARD) {
    const desk = await (await t.context()).newPage();
    await t.signIn(desk, t.account(role));
    if (role === "certifier") {
      await go(desk, "/awards/review/distinguished-service/rounds/1-1");
      await desk.getByLabel("Last day of the vote").fill(day(2));
      await desk.getByLabel("Day of the announcement").fill(day(4));
      await press(desk, "Put to the vote");
      t.check(await desk.getByText("Votes are taken until").isVisible(), "the chair puts the nominations to the vote");
    }
    for (const [slug, who] of [["community-service", "The handbook team"], ["distinguished-service", "Halldóra"]]) {
      await go(desk, `/awards/review/${slug}`);
      await desk.getByRole("link", { name: new RegExp(who) }).click();
      if (role === "certifier" && slug === "community-service") await look(t, desk, "awards-review-before");
      await desk.getByLabel("For", { exact: true }).check();
      await desk.getByLabel("Why").fill("Seen it at work.");
      await press(desk, "Record my vote");
      t.check(await desk.getByText("Your vote is recorded").isVisible(), `${role} votes on ${slug}`);
      if (role === "second_member" && slug === "community-service") await look(t, desk, "awards-review-after");
    }
    if (role === "certifier") {
      await go(desk, "/awards/review/community-service");
      await desk.getByRole("link", { name: /The handbook team/ }).click();
      await desk.getByRole("link", { name: /Word citation/ }).click();
      await desk.getByLabel("About the work").fill("Forty groups run on it today.");
      await press(desk, "Save");
      await t.axe(desk, "a nomination for the chair");
    }
  }
  const reviewer = await (await t.context()).newPage();
  await t.signIn(reviewer, t.account("reviewer"));
  await go(reviewer, "/awards/review/fellows");
  await look(t, reviewer, "awards-queue");
  await reviewer.getByRole("link", { name: "Zainab Yusuf" }).click();
  await reviewer.getByText("I have a conflict of interest").click();
  await press(reviewer, "Step aside");
  t.check(await reviewer.getByText("discussion and votes are hidden").isVisible(), "stepping aside hides discussion and votes");
  await look(t, reviewer, "awards-aside");
  await go(reviewer, "/awards/review/fellows/rules");
  await look(t, reviewer, "awards-rules");

  const result = "/awards/community-service/recipients/ottilie-brandt";
  const before = await page.request.get(t.url + result);
  t.check(before.status() === 404, "nothing is public before its instant");
  for (let week = 0; week < 8 && (await page.request.get(t.url + result)).status() === 404; week += 1) {
    await go(page, "/demo");
    await page.getByLabel(/hours/i).first().fill("168");
    await page.locator("form[action='/demo/clock']").getByRole("button").click();
    await page.waitForLoadState();
    for (let wait = 0; wait < 20 && (await page.request.get(t.url + result)).status() === 404; wait += 1) await page.waitForTimeout(250);
  }
  await go(page, result);
  t.check(await page.getByText("Given together with").isVisible(), "the page of one names the team");
  t.check(await page.getByText("Forty groups run on it today.").isVisible(), "the public text is there");
  await look(t, page, "awards-recipient");
  await t.axe(page, "a recipient");
  await page.getByRole("link", { name: "Certificate" }).click();
  await look(t, page, "awards-certificate");
  await t.axe(page, "a certificate");
  await go(page, result);
  await page.getByRole("link", { name: /^Community Service Award, / }).click();
  t.check((await page.getByText("RESOLVED, that").count()) > 0, "the round has its resolution");
  await look(t, page, "awards-round");
  await go(page, "/awards/distinguished-service/recipients/halldora-finnsdottir");
  t.check(await page.getByText("thirty years of building").first().isVisible(), "the second award has its page");
  await go(page, "/awards/fellows/recipients?state=emeritus");
  await look(t, page, "awards-roster");
  await t.axe(page, "a roster");
}

// A day so many days from now, as date inputs want it.
function day(days) {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

// Wide, dark and narrow, and no sideways scroll.
async function look(t, page, label) {
  await t.shot(page, `${label}-1280`);
  await page.emulateMedia({ colorScheme: "dark" });
  await t.shot(page, `${label}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  const back = await reflow(page, t.report, label);
  await t.shot(page, `${label}-320`);
  await back();
}
