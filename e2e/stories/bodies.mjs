// Small bodies decide: a visitor reads seats and resolutions, a member votes on a motion whose numbers are hidden, a director
// abstains openly and proposes a motion, a chair lets somebody join a work group; keyboard only where somebody votes.
import { reflow } from "../lib/checks.mjs";

export const name = "small bodies decide";

export async function run(t) {
  const visitor = await (await t.context()).newPage();
  const go = (page, path) => page.goto(t.url + path);
  await go(visitor, "/bodies");
  await visitor.getByRole("link", { name: "Board of directors" }).click();
  t.check(await visitor.getByRole("heading", { name: "Seats in the coming years" }).isVisible(), "the board has a seat calendar");
  await look(t, visitor, "bodies-board");
  await go(visitor, "/seats");
  await look(t, visitor, "bodies-seats");
  await go(visitor, "/resolutions");
  await look(t, visitor, "bodies-register");
  await visitor.getByRole("link", { name: "Budget for the coming year" }).click();
  t.check(await visitor.getByText("RESOLVED: that the budget").isVisible(), "the resolution has its text");
  await look(t, visitor, "bodies-resolution");

  const voter = await (await t.context()).newPage();
  await t.signIn(voter, t.account("report_author"));
  await go(voter, "/");
  await voter.getByRole("link", { name: /^Vote on “Tomás Aguirre/ }).click();
  t.check(await voter.getByText("Numbers are shown after the close").isVisible(), "numbers are hidden until the close");
  await look(t, voter, "bodies-motion");
  await voter.getByRole("radio", { name: "For", exact: true }).focus();
  await voter.keyboard.press("Space");
  await voter.keyboard.press("Tab");
  await voter.keyboard.type("Good work.");
  await voter.keyboard.press("Enter");
  await voter.getByText("Your vote: For.").waitFor();
  t.check(await voter.getByText("You can change it until the close").first().isVisible(), "the vote is recorded");

  const director = await (await t.context()).newPage();
  await t.signIn(director, t.account("member"));
  await go(director, "/bodies/board/motions");
  await look(t, director, "bodies-motions");
  await director.getByRole("link", { name: "Training for the code of conduct group" }).click();
  t.check(await director.getByText("1 for, 0 against, 1 abstention").isVisible(), "open votes are shown");
  await look(t, director, "bodies-open-motion");
  await go(director, "/bodies/board/motions/new");
  await director.getByLabel("Title").fill("A second key to the meeting house");
  await director.getByLabel("What shall be resolved, and why").fill("that a second key be made.");
  await look(t, director, "bodies-propose");
  await director.getByRole("button", { name: "Propose the motion" }).click();
  t.check(await director.getByRole("heading", { name: "A second key" }).isVisible(), "the motion is proposed");
  await go(director, "/bodies/board/meetings");
  await director.getByRole("link", { name: "Meeting of the board, spring" }).click();
  await look(t, director, "bodies-meeting");
  await go(director, "/bodies/core-team/petitions");
  await director.getByRole("link", { name: "A meeting about the release tools" }).click();
  await look(t, director, "bodies-petition");

  const chair = await (await t.context()).newPage();
  await t.signIn(chair, t.account("chair"));
  await go(chair, "/bodies/grants/charter");
  await look(t, chair, "bodies-charter");
  await go(chair, "/bodies/grants/requests");
  await look(t, chair, "bodies-requests");
  await chair.getByRole("button", { name: /^Accept/ }).first().click();
  await chair.waitForLoadState();
  t.check(await chair.getByText("Accepted").isVisible(), "the request is accepted");

  const staff = await (await t.context()).newPage();
  await t.signIn(staff, t.account("membership_staff"));
  for (const [path, shot] of [
    ["/staff/bodies/board", "bodies-staff"],
    ["/staff/bodies/core-team/motions", "bodies-kinds"],
    ["/staff/bodies/core-team/motions/new?kind=promotion", "bodies-kind"],
    ["/staff/affiliations", "bodies-affiliations"],
  ]) {
    await go(staff, path);
    await look(t, staff, shot);
  }
}

async function look(t, page, label) {
  await t.axe(page, label);
  await t.shot(page, `${label}-1280`);
  await page.emulateMedia({ colorScheme: "dark" });
  await t.shot(page, `${label}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  const back = await reflow(page, t.report, label);
  await t.shot(page, `${label}-320`);
  await back();
}
