// One account with everything: password, authenticator app, passkey, mailed links, several addresses, recovery. The passkey
// lives in Chromium's virtual authenticator; without scripts everything else works.
import { createHmac } from "node:crypto";
import { reflow } from "../lib/checks.mjs";
import { askForLink, followMailedLink, openMail, signInWithPassword, signUp } from "../lib/people.mjs";

export const name = "an account with every way to sign in";
const CLEO = { name: "Cleo Marsh", email: "cleo.marsh@visitors.example", password: "nine amber lighthouses" };
const WORK = "cleo@work.example";

export async function run(t) {
  const context = await t.context();
  const page = await context.newPage();
  const go = (path) => page.goto(t.url + path);
  const press = async (name) => { await page.locator("main").getByRole("button", { name }).first().click(); await page.waitForLoadState(); };
  const heading = (name) => page.getByRole("heading", { level: 1, name }).isVisible();
  const signOut = async () => { await page.getByRole("button", { name: "Sign out", exact: true }).first().click(); await page.waitForLoadState(); };

  await signUp(page, t.url, CLEO);
  await mailed(page, t, CLEO.email, 1);
  await followMailedLink(page, t.url, CLEO.email);
  await press("Make my account");
  await go("/account");
  await look(t, page, "account");

  // An authenticator app.
  await go("/account/authenticator");
  await press("Set up an authenticator app");
  await look(t, page, "account-authenticator");
  const secret = base32((await page.locator("main code").innerText()).replaceAll(" ", ""));
  const used = step();
  await page.getByLabel("Code").fill(totp(secret, used));
  await press("Turn on");
  t.check(await heading("Keep your recovery codes"), "a right code turns the app on and shows recovery codes");
  const recovery = await page.locator(".codes code").allInnerTexts();
  t.check(recovery.length === 10, "there are ten recovery codes");
  await look(t, page, "account-recovery-codes");
  await signOut();

  t.check(!(await signInWithPassword(page, t.url, CLEO)), "the password alone does not sign in any more");
  t.check(await heading("Second step"), "the second step asks for a code");
  await look(t, page, "sign-in-second");
  await page.getByLabel("Code").fill(totp(secret, used));
  await press("Sign in");
  t.check(await page.getByText("wrong or was used before").first().isVisible(), "a used code is refused");
  await page.getByLabel("Code").fill(totp(secret, Math.max(step(), used + 1)));
  await press("Sign in");
  t.check(await signedIn(page), "password and code sign in");

  // A passkey.
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", { options: {
    protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
    automaticPresenceSimulation: true,
  } });
  await go("/account/passkeys");
  await look(t, page, "account-passkeys-none");
  await page.getByLabel("Name").fill("Blue laptop");
  await press("Add a passkey");
  await page.getByText("The passkey is ready.").waitFor();
  t.check((await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length === 1, "the authenticator holds it");
  await look(t, page, "account-passkeys");
  await signOut();
  await go("/sign-in");
  await look(t, page, "sign-in");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).first().waitFor();
  t.check(await signedIn(page), "the passkey signs in without a name");
  await signOut();
  await signInWithPassword(page, t.url, CLEO);
  await page.getByRole("button", { name: "Use a passkey instead" }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).first().waitFor();
  t.check(await signedIn(page), "the passkey takes the second step");
  await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await signOut();
  await go("/sign-in");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.locator("[data-problem]:visible").waitFor();
  t.check(!(await signedIn(page)), "without the owner's finger the passkey does nothing, and the page says so");
  await look(t, page, "sign-in-passkey-refused");
  await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });

  // A mailed link, without scripts, with a recovery code.
  const plain = await (await t.context({ javaScriptEnabled: false })).newPage();
  let letters = await mailed(plain, t, CLEO.email, 1);
  await askForLink(plain, t.url, CLEO.email);
  await mailed(plain, t, CLEO.email, letters + 1);
  await followMailedLink(plain, t.url, CLEO.email);
  await plain.locator("main").getByRole("button", { name: "Sign in" }).click();
  t.check(!(await plain.getByRole("button", { name: "Use a passkey instead" }).isVisible()), "without scripts nothing offers a passkey");
  await plain.getByLabel("Code").fill(recovery[0]);
  await plain.locator("main").getByRole("button", { name: "Sign in" }).click();
  t.check(await signedIn(plain), "a mailed link and a recovery code sign in, without scripts");

  // Proving again. The page is the same whether or not a proof is due.
  await plain.goto(`${t.url}/account/confirm?next=${encodeURIComponent("/account/close")}`);
  await plain.getByLabel("Code from your authenticator app").fill(recovery[1]);
  await plain.getByRole("button", { name: "Confirm with the code" }).click();
  t.check(await plain.getByRole("heading", { level: 1, name: "Close your account" }).isVisible(), "a proof leads on to the page");
  await signInByPasskey(page, t);
  await go(`/account/confirm?next=${encodeURIComponent("/account/addresses")}`);
  await look(t, page, "account-confirm");
  await page.getByRole("button", { name: "Confirm with a passkey" }).click();
  await page.getByRole("heading", { level: 1, name: "E-mail addresses" }).waitFor();
  t.check(true, "a passkey proves again");

  // A second address, and the way back.
  await page.getByLabel("E-mail address").fill(WORK);
  await press("Add address");
  await mailed(page, t, WORK, 1);
  await followMailedLink(page, t.url, WORK);
  await look(t, page, "account-address-confirm");
  await press("Add this address");
  await press(/Use for mail/);
  await look(t, page, "account-addresses");
  letters = await mailed(page, t, CLEO.email, 1);
  await followMailedLink(page, t.url, CLEO.email);
  t.check(await heading("Take the change back"), "the former address can take the change back");
  await look(t, page, "account-undo");
  await go("/account/close");
  await look(t, page, "account-close");
  const saved = page.waitForEvent("download");
  await page.getByRole("link", { name: "download your data" }).click();
  t.check((await saved).suggestedFilename() === "my-data.json", "one's data come as a file");
  await signOut();

  // A forgotten password.
  await go("/sign-in/forgotten");
  await look(t, page, "forgotten");
  await page.getByLabel("E-mail address").fill(WORK);
  letters = await mailed(plain, t, WORK, 1);
  await press("Send the link");
  await mailed(page, t, WORK, letters + 1);
  await openMail(page, t.url, WORK);
  await t.shot(page, "account-mail-recover");
  await followMailedLink(page, t.url, WORK);
  await look(t, page, "recover");
  await page.getByLabel("New password").fill("eleven copper herons");
  await press("Save password");
  t.check(await heading("Second step"), "recovery asks for the second factor all the same");
  await page.getByLabel("Code").fill(recovery[2]);
  await press("Sign in");
  t.check(await signedIn(page), "the recovered account is open");
  await plain.goto(`${t.url}/account`);
  t.check(!(await signedIn(plain)), "a new password signs out every other browser");
}

async function signInByPasskey(page, t) {
  await page.goto(`${t.url}/sign-in`);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).first().waitFor();
}

const signedIn = (page) => page.getByRole("button", { name: "Sign out", exact: true }).first().isVisible();

// Waits until that many mails to the address are sent; returns how many there are.
async function mailed(page, t, address, count) {
  await page.goto(`${t.url}/demo/mail?address=${encodeURIComponent(address)}`);
  const sent = () => page.locator("tbody tr", { hasText: "sent" }).count();
  while (await sent() < count || await page.locator("tbody tr", { hasText: "queued" }).count() > 0) await page.reload();
  return sent();
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

const step = () => Math.floor(Date.now() / 30_000);

// RFC 6238 with SHA-1, 30 seconds, six digits.
function totp(secret, at) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(at));
  const tag = createHmac("sha1", secret).update(counter).digest();
  const offset = tag[19] & 15;
  return String((tag.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

function base32(text) {
  let bits = "";
  for (const letter of text) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}
