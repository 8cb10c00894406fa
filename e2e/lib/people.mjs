// What people do on the site, as stories use it.

// Signs in by the button on the demo's own page, which counts as signing in with a second factor; true when it worked.
export async function signIn(page, url, account) {
  await page.goto(`${url}/demo`);
  await page.locator("main form", { has: page.locator(`input[value="${account.email}"]`) }).getByRole("button").click();
  await page.waitForLoadState();
  return page.getByRole("button", { name: "Sign out" }).isVisible();
}

// Signs in with e-mail address and password, as far as that goes; true when nothing more is asked.
export async function signInWithPassword(page, url, account) {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel(/e-mail/i).first().fill(account.email);
  await page.getByLabel(/password/i).first().fill(account.password);
  await page.getByRole("button", { name: /^sign in$/i }).first().click();
  await page.waitForLoadState();
  return page.getByRole("button", { name: "Sign out" }).isVisible();
}

// Opens the newest mail to an address in the demo's mail viewer and follows the first link in its plain text.
export async function followMailedLink(page, url, address) {
  await openMail(page, url, address);
  await page.locator("main .mail a").first().click();
  await page.waitForLoadState();
}

// Opens the newest mail to an address in the demo's mail viewer.
export async function openMail(page, url, address, subject = /./) {
  await page.goto(`${url}/demo/mail?address=${encodeURIComponent(address)}`);
  const mine = page.locator("main tbody tr", { hasText: subject }).filter({ has: page.getByRole("cell", { name: address, exact: true }) });
  await mine.first().getByRole("link").first().click();
  await page.waitForLoadState();
}

// Asks the sign-up page for an account.
export async function signUp(page, url, { name, email, password }) {
  await page.goto(`${url}/sign-up`);
  await page.getByLabel(/name/i).first().fill(name);
  await page.getByLabel(/e-mail/i).first().fill(email);
  await page.getByLabel(/password/i).first().fill(password);
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: /sign up/i }).first().click();
  await page.waitForLoadState();
}

// Asks for a mailed link to sign in by.
export async function askForLink(page, url, email) {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel(/e-mail/i).first().fill(email);
  await page.getByRole("button", { name: /link/i }).first().click();
  await page.waitForLoadState();
}
