// Reports: the gallery, one with its form and history, files, a mistake with its line, the editor, and the agreement of two.
export const name = "staff run, write and approve reports";

const LOOP = "metric('A', 1)\nwhile True: pass\n";

// A run that takes longer than a moment shows its progress; its page looks again by itself.
async function over(page) {
  await page.locator("[data-report-runs]").waitFor({ state: "detached", timeout: 60_000 });
}

export async function run(t) {
  const context = await t.context();
  const page = await context.newPage();
  await t.signIn(page, t.account("report_author"));
  await page.goto(`${t.url}/staff/reports`);
  t.check(await page.locator("main .tasks li").count() >= 17, "fifteen reports come with the program, two are the foundation's");
  await t.axe(page, "the gallery of reports");
  await t.shot(page, "reports-1280");

  await page.getByRole("link", { name: "Turnout and quorum by class and day" }).click();
  await page.locator("#p-election").selectOption("board-2026");
  await page.getByRole("button", { name: "Run the report" }).click();
  await over(page);
  await page.getByRole("heading", { name: "Result" }).waitFor();
  t.check(await page.getByText("Ballots cast").first().isVisible(), "figures are shown");
  await t.axe(page, "a run with its result");
  await t.shot(page, "report-turnout-1280");
  await page.goto(`${t.url}/staff/reports/turnout`);
  t.check(await page.getByRole("heading", { name: "History" }).isVisible(), "the run is in the history");
  await t.axe(page, "a report with its last result and its history");

  await page.goto(`${t.url}/staff/reports/seat-calendar`);
  await page.getByLabel("Years ahead").first().fill("99");
  await page.getByRole("button", { name: "Run the report" }).click();
  t.check(await page.locator("#error-summary").getByText("at most 10").isVisible(), "a value that does not fit is told at its field");

  for (const report of ["affirmation-funnel", "roll-changes", "delivery-failures", "candidates", "result", "announcement",
    "election-record", "award-round", "roster", "dues-drive", "missed-votes", "co-affiliation", "seat-calendar", "retention"]) {
    await page.goto(`${t.url}/staff/reports/${report}`);
    const election = page.getByLabel("Election").first();
    if (await election.count() > 0) await election.selectOption(["result", "announcement", "election-record"].includes(report) ? "bylaws-2026" : "board-2026");
    await page.getByRole("button", { name: "Run the report" }).click();
    await over(page);
    t.check(await page.locator("main .tag.good").first().isVisible(), `${report} comes to its end`);
    await t.shot(page, `report-${report}-1280`);
  }

  // The editor.
  await page.goto(`${t.url}/staff/reports/new`);
  await page.getByRole("button", { name: "Try it on an invented organisation" }).click();
  await over(page);
  t.check(await page.locator("main figure.chart svg").count() === 1, "a chart is drawn");
  t.check(await page.locator(".code-lines span").count() > 3, "lines have numbers");
  await t.axe(page, "the editor with a trial");
  await t.shot(page, "report-editor-1280");
  const script = page.getByLabel("Script");
  await script.fill("metric('A', 1)\nmetric('B', 1 / 0)\n");
  await page.getByRole("button", { name: "Try it on an invented organisation" }).click();
  await over(page);
  t.check(await page.getByText("Line 2: ZeroDivisionError").isVisible(), "a mistake is told with its line");
  t.check(await page.locator(".code-lines mark").innerText() === "2\n" || (await page.locator(".code-lines mark").innerText()).trim() === "2", "and its line is marked");
  t.check(await page.getByRole("heading", { name: "Last good result" }).isVisible(), "the last good result stays");
  await t.shot(page, "report-editor-fault-1280");
  await script.fill("if True:\n");
  await script.press("End");
  await script.press("Control+End");
  await script.press("Tab");
  t.check((await script.inputValue()).endsWith("    "), "the Tab key indents");
  await script.fill(LOOP);
  await page.getByRole("button", { name: "Try it on an invented organisation" }).click();
  await page.getByRole("button", { name: "Cancel the trial" }).click();
  await over(page);
  t.check(await page.getByText(/was cancelled|computed for more than 5 seconds/).first().isVisible(), "a loop without end is cancelled or stopped");
  await page.goto(`${t.url}/staff/reports/new`);
  await page.getByLabel("Title").fill("Elections so far");
  await script.fill("metric('Elections', len(elections()))\n");
  await page.getByRole("button", { name: "Save a version" }).click();
  await page.getByRole("button", { name: "Publish version 1" }).click();
  await page.getByRole("button", { name: "Run the report" }).click();
  await over(page);
  t.check(await page.locator("main .figure").first().isVisible(), "a saved report runs");

  // Two people for personal data.
  await page.goto(`${t.url}/staff/reports`);
  await page.getByRole("link", { name: "Fellows to be written to" }).click();
  await page.getByLabel("Who may run it").selectOption("membership_staff");
  await page.getByLabel("What the personal data is needed for").fill("Anniversary letter");
  await t.axe(page, "a report that needs an agreement");
  await t.shot(page, "report-proposal-1280");
  await page.getByRole("button", { name: "Propose it" }).click();
  t.check(await page.getByText("members: name, email, joined; personal: name, email").isVisible(), "the proposal names the personal columns");

  const narrow = await t.context({ viewport: { width: 320, height: 720 } });
  const small = await narrow.newPage();
  await t.signIn(small, t.account("report_author"));
  for (const [path, shot] of [["new", "report-editor-320"], ["turnout", "report-turnout-320"], ["", "reports-320"]]) {
    await small.goto(`${t.url}/staff/reports/${path}`.replace(/\/$/, ""));
    t.check(await small.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${shot} has no sideways scrolling`);
    await t.shot(small, shot);
  }
  const dark = await t.context({ colorScheme: "dark" });
  const night = await dark.newPage();
  await t.signIn(night, t.account("report_author"));
  await night.goto(`${t.url}/staff/reports/turnout`);
  await t.shot(night, "report-turnout-dark");
  await night.goto(`${t.url}/staff/reports/new`);
  await t.shot(night, "report-editor-dark");
}
