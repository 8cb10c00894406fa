// What people do on the site, as stories use it.

// Signs in with e-mail address and password; true when it worked.
export async function signIn(page, url, account) {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel(/e-mail/i).first().fill(account.email);
  await page.getByLabel(/password/i).first().fill(account.password);
  await page.getByRole("button", { name: /^sign in$/i }).first().click();
  await page.waitForLoadState();
  return page.getByRole("button", { name: "Sign out" }).isVisible();
}
