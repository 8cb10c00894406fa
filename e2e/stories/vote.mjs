// A member votes in the demo's open election: code from the mail, choices, check, cast, receipt; looks the ballot up and
// votes once more.
import { openMail } from "../lib/people.mjs";

export const name = "a member votes";

export async function run(t) {
  const context = await t.context();
  const page = await context.newPage();
  const origins = new Set();
  page.on("request", (request) => origins.add(new URL(request.url()).origin));
  const member = t.account("member");
  await t.signIn(page, member);
  await page.goto(`${t.url}/elections`);
  await t.axe(page, "elections");
  await t.shot(page, "elections-1280");
  await page.getByRole("link", { name: "Board election 2026" }).click();
  t.check(await page.getByText("You are on the roll").isVisible(), "the page says that the member may vote");
  await t.axe(page, "an open election");
  await t.shot(page, "election-open-1280");

  const link = await votingLink(page, t, member.email);
  t.check(link !== null, "the mail holds a link with the code in its fragment");
  await page.goto(t.url + link);
  await page.getByRole("heading", { level: 1 }).waitFor();
  t.check(!page.url().includes("#"), "the code leaves the address at once");
  const choice = page.getByRole("checkbox");
  await choice.first().waitFor();
  const before = [];
  page.on("request", (request) => before.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await choice.first().check();
  await choice.nth(2).check();
  await t.shot(page, "booth-choose-1280");
  await page.getByRole("button", { name: "Check your choices" }).click();
  await page.getByText("Sealed on this device.").waitFor();
  t.check(!before.some((line) => line.startsWith("POST")), "nothing is sent before the ballot is cast");
  await t.shot(page, "booth-check-1280");
  await page.getByRole("button", { name: "Cast your ballot" }).click();
  await page.getByRole("heading", { level: 1, name: "Your ballot is in the ballot box" }).waitFor();
  const tracker = (await page.locator(".tracker span").allTextContents()).join("");
  t.check(tracker.length === 43, "the receipt shows the tracker");
  await t.shot(page, "booth-receipt-1280");
  await page.goto(`${t.url}/elections/board-2026/check?tracker=${encodeURIComponent(tracker)}`);
  t.check(await page.getByText("is in the ballot box").isVisible(), "the tracker is found");
  await t.axe(page, "check my vote");
  await t.shot(page, "check-vote-1280");
  await page.goto("about:blank");
  await page.goto(t.url + link);
  await choice.nth(1).check();
  await page.getByRole("button", { name: "Check your choices" }).click();
  t.check(await page.getByText("This ballot replaces the one that you cast before.").isVisible(), "the booth says that something was cast before");
  t.check((await page.locator("details li code").allTextContents()).join() === tracker, "with its tracker");
  await page.getByText("Tracking codes of what was cast").click();
  await t.shot(page, "booth-again-1280");
  await page.getByRole("button", { name: "Cast your ballot" }).click();
  await page.getByText("It replaces the ballot that you cast before.").waitFor();
  await page.goto(`${t.url}/elections/board-2026/check?tracker=${encodeURIComponent(tracker)}`);
  t.check(await page.getByText("This ballot was replaced by a later one of the same voter").isVisible(), "the first ballot is replaced");
  await page.goto(`${t.url}/elections/board-2026`);
  t.check(await page.getByText("You have voted.").isVisible(), "the page knows that the member has voted");
  await page.goto(`${t.url}/elections/bylaws-2026`);
  t.check(await page.getByText("Result announced").first().isVisible(), "an earlier result is shown");
  await t.axe(page, "a result");
  await t.shot(page, "result-1280");
  await page.setViewportSize({ width: 320, height: 800 });
  await t.shot(page, "result-320");
  t.check([...origins].every((origin) => origin === t.url), "no other origin is ever asked");
}

async function votingLink(page, t, address) {
  await openMail(page, t.url, address, /your vote/i);
  const text = await page.locator(".mail pre").first().innerText();
  return text.match(/\/elections\/board-2026\/vote#c=\S+/)?.[0] ?? null;
}
