// Membership staff import a list: the file is read, the columns confirmed, every row looked at, what is doubtful decided, the
// rest applied, found, and taken back. Also the pages beside it: duplicates, requests, exports.
export const name = "staff import a list of people";

const LIST = "Name,Class,E-mail\nImani Story,Supporting,imani@story.example\nImani Story,Supporting,imani+two@story.example\n"
  + "=1+1,Supporting,formula@story.example\nNobody Reachable,Supporting,\nJules Story,Basic,jules@story.example\n";

export async function run(t) {
  const page = await (await t.context()).newPage();
  await t.signIn(page, t.account("membership_staff"));
  await page.goto(`${t.url}/staff/imports`);
  await page.getByRole("button", { name: "Read the file" }).click();
  t.check(await page.locator("#error-summary").isVisible(), "a form without a file says so");
  await page.getByLabel("File").setInputFiles({ name: "story.csv", mimeType: "text/csv", buffer: Buffer.from(LIST) });
  await page.getByRole("button", { name: "Read the file" }).click();
  await page.waitForURL("**/staff/imports/*");
  t.check(await page.getByLabel("E-mail", { exact: true }).inputValue() === "email", "the column of addresses is recognised");
  t.check(await page.getByLabel("Class", { exact: true }).inputValue() === "class", "the column of classes is recognised");
  await shots(t, page, "import-columns");
  await page.getByRole("button", { name: "Look at every row" }).click();
  await until(page, page.getByRole("button", { name: /^Import \d+ people$/ }));
  t.check(await page.getByText("2 people", { exact: false }).first().isVisible(), "two people would be new");
  t.check(await page.locator("tr", { hasText: "would run as a formula" }).first().isVisible(), "the formula is an error with its line");
  t.check(await page.locator("tr", { hasText: "There is no e-mail address" }).first().isVisible(), "the missing address is an error");
  t.check(await page.locator("tr", { hasText: "The same mailbox as in line 2" }).first().isVisible(), "the second address of Imani is to be confirmed");
  await t.axe(page, "an import looked at");
  await shots(t, page, "import-preview");
  await page.getByRole("button", { name: /^Import \d+ people$/ }).click();
  t.check(await page.locator("#error-summary").isVisible(), "nothing is applied before the doubtful rows are decided");
  await page.getByLabel(/^Bring each together/).check();
  await page.getByRole("button", { name: /^Import \d+ people$/ }).click();
  await until(page, page.getByRole("button", { name: "Undo this import" }));
  await shots(t, page, "import-applied");
  t.check(await found(page, t, "story.example") === 2, "two people are found");
  await page.getByRole("link", { name: "Imani Story" }).click();
  t.check(await page.getByText("imani+two@story.example").first().isVisible(), "the second address joined the first");
  await shots(t, page, "import-person");
  await page.goto(`${t.url}/staff/imports`);
  await page.getByRole("link", { name: "story.csv" }).first().click();
  await page.getByRole("button", { name: "Undo this import" }).click();
  await until(page, page.getByText("Taken back", { exact: true }).first());
  t.check(await found(page, t, "story.example") === 0, "after undoing nobody of the list is left");
  for (const [path, label] of [["people", "people"], ["duplicates", "duplicates"], ["privacy", "privacy"], ["list-requests", "list-requests"], ["exports", "exports"], ["imports", "imports"]]) {
    await page.goto(`${t.url}/staff/${path}`);
    await shots(t, page, `staff-${label}`);
  }
  await page.goto(`${t.url}/staff/duplicates`);
  const pair = page.locator("main .tasks a").first();
  if (await pair.isVisible()) {
    await pair.click();
    await shots(t, page, "staff-compare");
    await t.axe(page, "two records compared");
  }
}

async function found(page, t, text) {
  await page.goto(`${t.url}/staff/people?q=${encodeURIComponent(text)}`);
  return page.locator("main .tasks > li").count();
}

// Reloads until the element is there: the work is done by a job behind the page.
async function until(page, element) {
  while (!(await element.isVisible())) await page.goto(page.url());
}

async function shots(t, page, label) {
  await t.shot(page, `${label}-1280`);
  await page.setViewportSize({ width: 320, height: 800 });
  await t.shot(page, `${label}-320`);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "dark" });
  await t.shot(page, `${label}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
}
