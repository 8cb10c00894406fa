// With the keyboard alone: acceptances have ended, an officer decides about everybody, lets the candidates go out, and they
// become public at the announced instant. Comes after the stories that need the clock where it is.
import { keyboard, look } from "../lib/keyboard.mjs";

export const name = "the candidates become public, with the keyboard";
export const last = 2;
const CALL = "/elections/technical-council-2026";
const DESK = "/staff/elections/technical-council-2026/nominations";

export async function run(t) {
  const visitor = await (await t.context()).newPage();
  const says = (page, words) =>
    page.locator("main").getByText(words).first().waitFor({ timeout: 10_000 }).then(() => true, () => false);
  // Thirteen days on, nobody can accept any more.
  await later(t, visitor, [168, 144]);
  const desk = await (await t.context()).newPage();
  const officer = keyboard(desk);
  await t.signIn(desk, t.account("returns_officer"));
  await desk.goto(t.url + DESK);
  t.check(await says(desk, "Before the candidates can go out"), "undecided candidacies stand in the way");
  await look(t, desk, "nominations-desk-undecided");
  const open = () => desk.locator("ul.tasks li").filter({ hasText: "To be reviewed" }).getByRole("link");
  const names = [];
  for (let left = await open().count(); left > 0; left -= 1) {
    const one = open().first();
    names.push((await one.textContent()).trim());
    await officer.press(one);
    await officer.choose(desk.getByLabel("Eligible", { exact: true }));
    await officer.press(desk.getByRole("button", { name: "Decide" }));
    t.check(await says(desk, "Decided."), `${names.at(-1)} is found eligible`);
    await desk.goto(t.url + DESK);
  }
  t.check(names.length > 0, "somebody stands");
  const seen = async () => {
    await visitor.goto(t.url + CALL + "/candidates");
    const text = await visitor.locator("main").textContent();
    return names.filter((name) => text.includes(name)).length;
  };
  t.check(await seen() === 0, "nobody is public before an officer lets them go out");
  await officer.press(desk.getByRole("button", { name: "Let the candidates go out" }));
  t.check(await says(desk, "become public at the announced instant"), "the candidates are let go out");
  await look(t, desk, "nominations-desk-released");
  await later(t, visitor, [48]);
  t.check(await seen() === names.length, "everybody who stands is public after the announced instant");
  await look(t, visitor, "nominations-published");
  await t.axe(visitor, "published candidates");
  await keyboard(visitor).press(visitor.getByRole("link", { name: "Read next statement" }));
  t.check(await visitor.getByRole("heading", { level: 1 }).isVisible(), "a statement opens with the keyboard");
}

// Moves the clock of the demo on by so many hours, one step after the other.
async function later(t, page, steps) {
  for (const hours of steps) {
    await page.goto(t.url + "/demo");
    const keys = keyboard(page);
    await keys.type(page.getByLabel("Hours to move on"), String(hours));
    await keys.press(page.getByRole("button", { name: "Move the clock on" }));
    await page.getByText(`It is now ${hours} h later here`).waitFor();
  }
}
