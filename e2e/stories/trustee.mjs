// The trustee of the demo's election whose voting has ended: the key file from the demo's page, shuffle, decryption; then
// the result is there for everybody.
export const name = "a trustee opens a count";

const SLUG = "council-2026";

export async function run(t) {
  const page = await (await t.context()).newPage();
  await page.goto(`${t.url}/demo`);
  const passphrase = await page.locator("#elections-heading ~ p code").first().innerText();
  await page.goto(`${t.url}/elections/${SLUG}`);
  t.check(await page.getByText("Voting ended, count under way").isVisible(), "the count is under way");
  const file = await (await page.request.get(`${t.url}/demo/trustee-key/${SLUG}`)).text();

  await t.signIn(page, t.account("trustee"));
  await page.goto(`${t.url}/elections/${SLUG}/trustee`);
  for (const [title, action] of [
    ["Prove", "Prove that my key works"],
    ["Shuffle the ballots", "Verify and shuffle"],
    ["Send your shuffle", "Send my shuffle"],
    ["Open the count", "Verify and decrypt"],
    ["Send your share of the count", "Send my share"],
  ]) {
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    const button = page.getByRole("button", { name: action });
    if (title === "Prove" && !(await appears(button, 5000))) continue;
    await button.waitFor();
    if (await page.getByLabel("Your key file").count() > 0) {
      await page.getByLabel("Your key file").setInputFiles({ name: "key.json", mimeType: "application/json", buffer: Buffer.from(file) });
      await page.getByLabel("Passphrase of the file").fill(passphrase);
    }
    await button.click();
  }
  await page.getByRole("heading", { level: 1, name: "Your part is done" }).waitFor();
  await t.axe(page, "a trustee who is done");
  await t.shot(page, "trustee-done-1280");

  const visitor = await (await t.context()).newPage();
  await visitor.goto(`${t.url}/elections/${SLUG}`);
  while (!(await visitor.getByText("Result announced").first().isVisible())) await visitor.reload();
  t.check(await visitor.getByText(/are elected\./).first().isVisible(), "the first sentence says who is elected");
  await t.axe(visitor, "a result with runoffs");
  await t.shot(visitor, "result-council-1280");
}

const appears = (locator, timeout) => locator.waitFor({ timeout }).then(() => true, () => false);
