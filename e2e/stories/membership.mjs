// Somebody joins in one path, with the account inside, sees why there is no vote yet, and affirms once there is one.
import { reflow } from "../lib/checks.mjs";
import { followMailedLink } from "../lib/people.mjs";

export const name = "from joining to the roll";
const WREN = { name: "Wren Ashby", email: "wren.ashby@visitors.example", password: "three copper kettles" };

export async function run(t) {
  const context = await t.context();
  const page = await context.newPage();
  const go = (path) => page.goto(t.url + path);
  const press = async (name) => { await page.locator("main").getByRole("button", { name }).first().click(); await page.waitForLoadState(); };
  const says = (words) => page.locator("main").getByText(words).first().isVisible();

  // Three questions, then the class that fits.
  await go("/join");
  for (const [legend, answer] of [["vote in elections", "Yes"], ["work for the mission", "Yes"], ["yearly dues", "No"]]) {
    await page.getByRole("group", { name: new RegExp(legend) }).getByLabel(answer).check();
  }
  await press("Show what fits");
  t.check(await says("Contributing member fits"), "the answers lead to a class");
  await look(t, page, "join");
  await page.getByRole("link", { name: /Continue as/ }).click();

  // What was typed stays when something is wrong.
  await page.getByLabel("What do you do?").fill("I translate the handbook.");
  await press("Send application");
  t.check(await page.getByRole("alert").first().isVisible(), "mistakes are summed up");
  t.check(await page.getByLabel("What do you do?").inputValue() === "I translate the handbook.", "nothing typed is lost");
  await look(t, page, "join-mistakes");
  await page.getByLabel(/five hours a month/).check();
  await page.getByLabel("Name", { exact: true }).fill(WREN.name);
  await page.getByLabel("E-mail address").fill(WREN.email);
  await page.getByLabel("Password").fill(WREN.password);
  await page.getByLabel(/I agree to the terms/).check();
  await press("Send application");
  await followMailedLink(page, t.url, WREN.email);
  await press("Make my account");
  t.check(await says("Your application is sent"), "the application is made with the account");
  await look(t, page, "membership-applied");

  // Staff grant it.
  const desk = await (await t.context()).newPage();
  await t.signIn(desk, t.account("membership_staff"));
  await desk.goto(t.url + "/staff/membership/applications");
  await desk.getByRole("link", { name: WREN.name }).click();
  await look(t, desk, "staff-application");
  await desk.locator("main").getByRole("button", { name: "Grant" }).click();
  await desk.waitForLoadState();
  t.check(await desk.getByText("the member gets a mail").isVisible(), "staff grant the application");

  // The page says why not, and affirming changes it.
  await go("/membership");
  t.check(await says("Did not affirm the intention to vote"), "the page says why not");
  t.check(await says("If you affirm now, you will be on the roll."), "and what would change it");
  await press("Affirm my intention to vote");
  t.check(await says("You have affirmed."), "one button affirms");
  t.check(await says("You will be on the roll as a Contributing member."), "and the roll follows");
  await look(t, page, "membership-affirmed");
  await t.axe(page, "membership after affirming");
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
