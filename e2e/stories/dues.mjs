// Dues. In the demo: a newcomer joins as Supporting, pays 40 with the visible test provider and gets a receipt. Then on a real server with our
// stand-in for Stripe: the provider's notice comes before the payer is back, after it, twice, with a wrong signature, and six
// minutes old.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { reflow } from "../lib/checks.mjs";
import { followMailedLink, openMail, signUp } from "../lib/people.mjs";
import { Server, freePort, linkIn } from "../../ops/reliability/server.mjs";
import { StandIn } from "../../ops/stripe-stand-in.mjs";

export const name = "dues, paid with the test provider and through Stripe's stand-in";
const PAYER = { name: "Pia Fenn", email: "pia.fenn@visitors.example", password: "six green lanterns" };

export async function run(t) {
  await withTestProvider(t);
  if (process.env.FOLKMOOT_BIN) await withStripe(t);
}

const press = async (page, words) => { await page.locator("main").getByRole("button", { name: words }).first().click(); await page.waitForLoadState(); };
const says = (page, words) => page.locator("main").getByText(words).first().isVisible();

// Chooses 40 on the page of dues.
async function chooseForty(page, provider) {
  await page.getByLabel("Another amount").check();
  await page.getByRole("textbox", { name: "Amount of your choice" }).fill("40");
  await page.getByLabel(provider).check();
  await press(page, "Continue");
}

async function withTestProvider(t) {
  const page = await (await t.context()).newPage();
  await page.goto(`${t.url}/join/Supporting`);
  await page.getByLabel("Name", { exact: true }).fill(PAYER.name);
  await page.getByLabel("E-mail address").fill(PAYER.email);
  await page.getByLabel("Password").fill(PAYER.password);
  await page.getByLabel(/^I agree/).check();
  await press(page, "Continue to dues");
  await mailed(page, t, 1);
  await followMailedLink(page, t.url, PAYER.email);
  await page.locator("main form").getByRole("button").first().click();
  await page.waitForLoadState();
  t.check(page.url().startsWith(`${t.url}/membership/dues`), "joining as Supporting leads to the dues");
  await look(t, page, "dues");
  await page.getByLabel("Another amount").check();
  await page.getByRole("textbox", { name: "Amount of your choice" }).fill("24.99");
  await press(page, "Continue");
  t.check(await says(page, "below the least amount of 25.00 USD"), "24.99 is refused");
  await look(t, page, "dues-too-little");
  await chooseForty(page, "Test provider");
  t.check(await page.getByRole("button", { name: "Pay 40.00 USD" }).isVisible(), "the amount stands in the button");
  await look(t, page, "dues-pay");
  await press(page, "Pay 40.00 USD");
  t.check(await says(page, "No money moves here"), "the test provider says what it is");
  await look(t, page, "dues-test-provider");
  await press(page, "Pay 40.00 USD with invented money");
  t.check(await says(page, "The payment has arrived"), "the payment has arrived");
  await look(t, page, "dues-paid");
  await page.getByRole("link", { name: /^20\d\d-\d{6}$/ }).click();
  t.check(await page.getByRole("heading", { level: 1, name: /Receipt 20\d\d-\d{6}/ }).isVisible(), "there is a numbered receipt");
  t.check(await says(page, "40.00 USD") && await says(page, PAYER.name), "with amount and name");
  await look(t, page, "dues-receipt");
  await page.emulateMedia({ media: "print" });
  t.check(!(await page.getByRole("navigation", { name: "Main" }).isVisible()), "it prints without navigation");
  await page.emulateMedia({ media: "screen" });
  await mailed(page, t, 2);
  await openMail(page, t.url, PAYER.email, /receipt/i);
  // As strict as a search for "40", but for minutes and seconds of a time of day and the end of a longer number.
  t.check(!/(?<![:\d])40(?!\d)|USD|\$/.test(await page.locator("main").innerText()), "the mail names no amount");

  await page.goto(`${t.url}/membership`);
  t.check(await says(page, "Supporting member"), "and is a supporting member");

  // Staff see it; other roles do not.
  const staff = await (await t.context()).newPage();
  await t.signIn(staff, t.account("membership_staff"));
  await staff.goto(`${t.url}/staff/payments?q=${encodeURIComponent(PAYER.name)}`);
  t.check(await staff.getByRole("cell", { name: "40.00 USD" }).isVisible(), "membership staff see the amount");
  await staff.getByRole("link", { name: /^FM-/ }).first().click();
  await look(t, staff, "staff-payment");
  await staff.goto(`${t.url}/staff/payments/bank`);
  await staff.getByRole("link", { name: "moor-bank.csv" }).click();
  await look(t, staff, "staff-bank-statement");
  const officer = await (await t.context()).newPage();
  await t.signIn(officer, t.account("returns_officer"));
  const refused = await officer.goto(`${t.url}/staff/payments`);
  t.check(refused.status() === 403, "a returns officer does not");
}

async function mailed(page, t, count) {
  await page.goto(`${t.url}/demo/mail?address=${encodeURIComponent(PAYER.email)}`);
  while (await page.locator("tbody tr", { hasText: "sent" }).count() < count) await page.reload();
}

async function withStripe(t) {
  const folder = mkdtempSync(join(tmpdir(), "folkmoot-dues-"));
  const standIn = await new StandIn().start();
  const port = await freePort();
  const server = new Server(folder, port, {
    PAYMENTS__STRIPE_BASE_URL: standIn.url, PAYMENTS__STRIPE_CHECKOUT_URL: standIn.url, PAYMENTS__STRIPE_SECRET_KEY: standIn.key,
    PAYMENTS__STRIPE_WEBHOOK_SECRETS: `["${standIn.secret}"]`, PUBLIC_URL: `http://localhost:${port}`,
  });
  standIn.webhook = `http://localhost:${port}/hooks/stripe`;
  try {
    await server.start();
    await addClass(server, folder);
    const url = server.settings.PUBLIC_URL, page = await (await t.context()).newPage();
    await signUp(page, url, PAYER);
    let mail;
    while (!(mail = server.mails().get(PAYER.email)?.[0])) await page.waitForTimeout(50);
    await page.goto(url + linkIn(mail));
    await page.locator("main form").getByRole("button").first().click();
    await page.waitForLoadState();

    // Pays at the stand-in; `act` is what the provider does before it sends the payer back.
    let paid;
    const pay = async (act) => {
      standIn.onPaid = async (_, session) => { paid = session; await act(session); };
      await page.goto(`${url}/membership/dues`);
      await chooseForty(page, "Card or wallet");
      await press(page, "Pay 40.00 USD");
      await page.waitForURL(`${standIn.url}/**`);
      await page.getByRole("button", { name: "Pay 40.00 USD" }).click();
      await page.waitForURL(`${url}/membership/payments/**`);
      await page.locator(".tag.good", { hasText: "Paid" }).waitFor();
    };
    const notice = (options) => standIn.event("checkout.session.completed", paid, options);
    const payments = async () => { await page.goto(`${url}/membership/payments`); return page.locator("tbody tr", { hasText: "Paid" }).count(); };
    const deliver = (event) => standIn.deliver(event);

    const answers = [];
    await pay(async (session) => { answers.push(await deliver(standIn.event("checkout.session.completed", session))); });
    t.check(answers[0] === 200 && await payments() === 1, "a notice before the payer is back settles it");
    await pay(async () => {});
    t.check(await payments() === 2, "without a notice the payer's return settles it");
    const late = notice();
    t.check(await deliver(late) === 200 && await deliver(late) === 200, "a notice after the return is taken, twice");
    t.check(await payments() === 2, "and changes nothing");
    await pay(async (session) => {
      answers.push(await deliver(standIn.event("checkout.session.completed", session, { secret: "whsec_of_somebody_else" })));
      answers.push(await deliver(standIn.event("checkout.session.completed", session, { time: Math.floor(Date.now() / 1000) - 360 })));
    });
    t.check(answers[1] === 403, "a wrong signature is refused");
    t.check(answers[2] === 403, "a notice of six minutes ago is refused");
    t.check(await payments() === 3, "the return settles that payment all the same");
    await page.getByRole("link", { name: /receipt$/ }).first().click();
    t.check(await says(page, "40.00 USD") && await says(page, "Stripe"), "the receipt says who took the money");
    await t.shot(page, "dues-stripe-receipt-1280");
    // Without scripts a button asks.
    const state = await page.context().storageState();
    const plain = await (await t.context({ javaScriptEnabled: false, storageState: state })).newPage();
    standIn.onPaid = async () => {};
    await plain.goto(`${url}/membership/dues`);
    await chooseForty(plain, "Card or wallet");
    await plain.getByRole("button", { name: "Pay 40.00 USD" }).click();
    await plain.waitForURL(`${standIn.url}/**`);
    await plain.getByRole("button", { name: "Pay 40.00 USD" }).click();
    await plain.waitForURL(`${url}/membership/payments/**`);
    await t.shot(plain, "dues-stripe-back-without-scripts-1280");
    await plain.getByRole("button", { name: "Look whether it arrived" }).click();
    t.check(await says(plain, "The payment has arrived"), "without scripts a button asks whether it arrived");
  } finally {
    await server.stop().catch(() => {});
    await standIn.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

// A new site has the classes of its preset; where it has none yet, one with dues is added.
async function addClass(server, folder) {
  const { spawnSync } = await import("node:child_process");
  const dues = JSON.stringify({ minimum: { minor: 2500, currency: "USD" }, suggested: { minor: 9900, currency: "USD" }, lifetime: null, period_months: 12, grace_days: 30, grace_keeps_vote: false, zone: "UTC" });
  const sql = `INSERT INTO membership_classes (class_key, name, description, position, votes, public_badge, dues, evidence, evidence_text, term, is_open, created_at) SELECT 'Supporting', 'Supporting member', '', 1, TRUE, TRUE, '${dues}', 'none', '', 'paid', TRUE, '2026-01-01 00:00:00' WHERE NOT EXISTS (SELECT 1 FROM membership_classes WHERE dues IS NOT NULL)`;
  const run = spawnSync("sqlite3", [join(folder, "folkmoot.db"), ".timeout 5000", sql], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr || String(run.error));
}

// Wide, dark, narrow; accessibility in every mode; no sideways scroll.
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
