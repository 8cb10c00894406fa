// A newcomer in the demo: looks around, signs up, confirms the address from the mail viewer, comes back with the password
// and with a mailed link.
import { askForLink, followMailedLink, openMail, signInWithPassword, signUp } from "../lib/people.mjs";

export const name = "a newcomer in the demo";
const NEWCOMER = { name: "Nell Oakes", email: "nell.oakes@visitors.example", password: "seven quiet herons" };

export async function run(t) {
  const context = await t.context();
  const page = await context.newPage();
  await page.goto(t.url);
  t.check(await page.locator(".demo-banner").isVisible(), "the banner says that this is a demo");
  await page.locator(".demo-banner").getByRole("link", { name: /sign in as/i }).click();
  t.check(await page.locator("main tbody tr").count() === t.accounts.length, "every account is listed");
  await shots(t, page, "demo-overview");

  await signUp(page, t.url, NEWCOMER);
  t.check(await page.getByRole("heading", { level: 1, name: "Check your mail" }).isVisible(), "the answer sends to the mail");
  await shots(t, page, "demo-check-mail");
  await mailed(page, t, NEWCOMER.email);
  await shots(t, page, "demo-mail-list");
  await openMail(page, t.url, NEWCOMER.email);
  const frame = page.frameLocator("iframe.demo-mail");
  t.check(await frame.getByText(NEWCOMER.name).first().isVisible(), "the HTML part is shown");
  await t.axe(page, "a mail in the viewer");
  await shots(t, page, "demo-mail");
  await frame.getByRole("link").first().click();
  await page.waitForURL("**/sign-up/*");
  t.check(await page.getByRole("heading", { level: 1 }).isVisible(), "the link in the frame opens the page around it");
  await followMailedLink(page, t.url, NEWCOMER.email);
  await page.locator("main form").getByRole("button").first().click();
  await page.waitForLoadState();
  t.check(await page.getByRole("link", { name: NEWCOMER.name }).isVisible(), "confirming signs in");
  await shots(t, page, "demo-signed-up");
  await page.getByRole("button", { name: "Sign out" }).click();

  t.check(await signInWithPassword(page, t.url, NEWCOMER), "the password signs in");
  await page.getByRole("button", { name: "Sign out" }).click();
  t.check(!(await signInWithPassword(page, t.url, { ...NEWCOMER, password: "seven loud herons" })), "another password does not");
  await shots(t, page, "demo-wrong-password");

  const other = await (await t.context({ javaScriptEnabled: false })).newPage();
  await askForLink(other, t.url, NEWCOMER.email);
  await mailed(other, t, NEWCOMER.email, 2);
  await followMailedLink(other, t.url, NEWCOMER.email);
  await other.locator("main form").getByRole("button").first().click();
  await other.waitForLoadState();
  t.check(await other.getByRole("link", { name: NEWCOMER.name }).isVisible(), "the mailed link signs in, without scripts");
  await followMailedLink(other, t.url, NEWCOMER.email);
  t.check(!(await other.locator("main form").isVisible()), "the link works once");
}

// Reloads the list until this many mails to the address are there and sent.
async function mailed(page, t, address, count = 1) {
  await page.goto(`${t.url}/demo/mail?address=${encodeURIComponent(address)}`);
  while (await page.locator("tbody tr", { hasText: "sent" }).count() < count) await page.reload();
}

async function shots(t, page, label) {
  await t.shot(page, `${label}-1280`);
  await page.emulateMedia({ colorScheme: "dark" });
  await t.shot(page, `${label}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 800 });
  await t.shot(page, `${label}-320`);
  await page.setViewportSize(size);
}
