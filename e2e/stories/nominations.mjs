// With the keyboard alone: somebody without an account is nominated and accepts, a member nominates herself, officers review,
// and the candidates become public.
import { keyboard, look } from "../lib/keyboard.mjs";
import { openMail } from "../lib/people.mjs";

export const name = "from the nomination to the candidates, with the keyboard";
const CALL = "/elections/technical-council-2026";
const DESK = "/staff/elections/technical-council-2026/nominations";
const IDRIS = { name: "Idris Vaughan", email: "idris.vaughan@visitors.example", password: "three copper kettles" };

export async function run(t) {
  const context = await t.context();
  const page = await context.newPage();
  const keys = keyboard(page);
  // The key starts the next page; what it says is waited for.
  const says = (words, on = page) =>
    on.locator("main").getByText(words).first().waitFor({ timeout: 10_000 }).then(() => true, () => false);

  // A member nominates somebody who has no account.
  await t.signIn(page, t.account("second_member"));
  await page.goto(t.url + CALL + "/call");
  await look(t, page, "nominations-call");
  await keys.press(page.getByRole("link", { name: "Nominate", exact: true }));
  await keys.press(page.getByRole("button", { name: "Continue" }));
  await keys.type(page.getByLabel("Name of the nominee"), IDRIS.name);
  await keys.type(page.getByLabel("E-mail address of the nominee"), IDRIS.email);
  await keys.press(page.getByRole("button", { name: "Send nomination" }));
  t.check(await page.getByRole("alert").first().isVisible(), "what is missing is summed up");
  t.check(await page.getByLabel("Name of the nominee").inputValue() === IDRIS.name, "nothing typed is lost");
  await keys.type(page.getByLabel("Why do you nominate this person?"), "He **listens** first.");
  await look(t, page, "nominations-nominate");
  await keys.press(page.getByRole("button", { name: "Send nomination" }));
  t.check(await says("Your nomination is sent"), "the nomination is sent");
  await look(t, page, "nominations-mine");

  // The nominee opens the mail, makes an account on the way, writes and accepts.
  const own = await (await t.context()).newPage();
  const his = keyboard(own);
  await openMail(own, t.url, IDRIS.email, /nominated/);
  await his.press(own.locator("main .mail a").first());
  t.check(await says("Nobody has to stand", own), "the page says that nobody has to stand");
  await look(t, own, "nominations-answer");
  await his.type(own.getByLabel("Password"), IDRIS.password);
  await his.tick(own.getByLabel(/I agree to the terms/));
  await his.press(own.getByRole("button", { name: "Go on to accept" }));
  t.check(await says("Waits for your answer", own), "the account is made, nothing is accepted yet");
  await his.type(own.getByLabel("In one line"), "Listens first");
  await his.type(own.getByLabel("Why I stand"), "Because *somebody* has to listen.\n\n- to members\n    - and to those who left");
  await his.press(own.getByRole("button", { name: "Accept nomination" }));
  t.check(await says("tick that there are none", own), "affiliations have to be declared");
  await his.tick(own.getByLabel("I have no affiliations"));
  await his.tick(own.getByLabel(/I have read the code of conduct/));
  await look(t, own, "nominations-statement");
  await t.axe(own, "a nominee's statement with mistakes");
  await his.press(own.getByRole("button", { name: "Accept nomination" }));
  t.check(await says("You have accepted", own), "the nomination is accepted");

  // A member nominates herself.
  const amara = await (await t.context()).newPage();
  const hers = keyboard(amara);
  await t.signIn(amara, t.account("reviewer"));
  await amara.goto(t.url + CALL + "/nominate");
  await hers.choose(amara.getByLabel("Myself"));
  await hers.press(amara.getByRole("button", { name: "Continue" }));
  await hers.press(amara.getByRole("button", { name: "Continue" }));
  t.check(await says("Not sent yet", amara), "a nomination of oneself is begun");
  await hers.type(amara.getByLabel("Why I stand"), "I review what others promise.");
  await hers.tick(amara.getByLabel("I have no affiliations"));
  await hers.tick(amara.getByLabel(/I have read the code of conduct/));
  await hers.press(amara.getByRole("button", { name: "Send nomination" }));
  t.check(await says("You have accepted", amara), "and sent");

  // The public learns nothing; the officers see how far everybody is, and decide.
  const visitor = await (await t.context()).newPage();
  await visitor.goto(t.url + CALL + "/candidates");
  t.check(!(await visitor.content()).includes(IDRIS.name), "nobody learns who is nominated");
  await look(t, visitor, "nominations-candidates-before");
  const desk = await (await t.context()).newPage();
  const officer = keyboard(desk);
  await t.signIn(desk, t.account("returns_officer"));
  await desk.goto(t.url + DESK);
  await look(t, desk, "nominations-dashboard");
  await officer.press(desk.getByRole("link", { name: IDRIS.name }));
  await officer.choose(desk.getByLabel("Eligible", { exact: true }));
  await look(t, desk, "nominations-review");
  await officer.press(desk.getByRole("button", { name: "Decide" }));
  t.check(await says("Decided.", desk), "the officer finds him eligible");

  // The other call is announced: an order of one's own, marks of what was read, two beside each other.
  await visitor.goto(t.url + "/elections/outreach-2026/candidates");
  const reader = keyboard(visitor);
  t.check(await visitor.getByText("Not read", { exact: true }).count() === 5, "nothing is read yet");
  await look(t, visitor, "nominations-candidates");
  await t.axe(visitor, "candidates");
  await reader.press(visitor.getByRole("link", { name: "Read next statement" }));
  t.check(await visitor.getByRole("heading", { level: 1 }).isVisible(), "a statement opens");
  await look(t, visitor, "nominations-candidate");
  await visitor.goto(t.url + "/elections/outreach-2026/candidates");
  t.check(await visitor.getByText("Read", { exact: true }).count() === 1, "what was read is marked");
  await reader.down(visitor.getByLabel("The other"));
  await reader.press(visitor.getByRole("button", { name: "Compare" }));
  t.check(await visitor.locator(".side-by-side section").count() === 2, "two statements stand beside each other");
  await look(t, visitor, "nominations-compare");
  await visitor.goto(t.url + "/elections/outreach-2026/candidates/print");
  await look(t, visitor, "nominations-print");
}
