// The booth before servers that fail, lie or take their time: only a valid receipt leads to "cast".
import { ONE, heading, inspect, openPage, press, startBoothServer } from "./booth.mjs";

/** Opens a one-question booth and goes to Check. */
async function toCheck(browser, report, label, behaviour, hold) {
  const server = await startBoothServer(ONE);
  Object.assign(server.state, { behaviour, hold });
  const page = await openPage(browser, report, label);
  await page.goto(`${server.url}/vote#c=${server.state.code}`);
  await page.getByLabel("Candidate 2").check();
  await press(page, "Check your choices");
  await heading(page, /Not cast yet/);
  await press(page, "Cast your ballot");
  return { server, page, done: async () => { await page.context().close(); await server.close(); } };
}

export async function faults(browser, report, out, files) {
  for (const behaviour of ["drop", "lose answer"]) {
    const { server, page, done } = await toCheck(browser, report, behaviour, behaviour);
    await page.getByRole("heading", { name: "Your ballot has not been cast yet" }).waitFor();
    if (behaviour === "drop") await inspect(page, report, "network-failure", out, files);
    server.state.behaviour = "honest";
    await press(page, "Try again");
    await heading(page, "Your ballot is in the ballot box");
    report.check("booth failures", server.state.ballots.length === 1, `${behaviour}: the same sealed ballot counts once`);
    await done();
  }
  // A lying server: another voter's receipt, a signature by another key, a checkpoint from before the ballot.
  for (const behaviour of ["wrong ballot", "wrong key", "old checkpoint"]) {
    const { page, done } = await toCheck(browser, report, behaviour, behaviour);
    await page.getByRole("heading", { name: "The receipt is not valid" }).waitFor();
    report.check("booth failures", (await page.getByText("in the ballot box", { exact: false }).count()) === 1 && !(await page.title()).includes("Your ballot is in"), `${behaviour}: never says cast`);
    await done();
  }
  const silent = await toCheck(browser, report, "no receipt", "no receipt");
  await silent.page.getByRole("heading", { name: "Your ballot has not been cast yet" }).waitFor();
  report.check("booth failures", await silent.page.getByText("The server gave no receipt.").isVisible() && !(await silent.page.title()).includes("Your ballot is in"), "no receipt: never says cast");
  await silent.done();
  // An answer that takes its time must be seen, so nothing leads away from it.
  let release;
  const hold = new Promise((resolve) => { release = resolve; });
  const slow = await toCheck(browser, report, "slow answer", "wrong ballot", hold);
  await press(slow.page, "Change", false);
  await slow.page.goBack();
  report.check("booth failures", (await slow.page.getByRole("heading", { level: 1 }).textContent()).startsWith("Not cast yet"), "the page stays while a ballot is on its way");
  release();
  await slow.page.getByRole("heading", { name: "The receipt is not valid" }).waitFor();
  await slow.done();
  const { page, done } = await toCheck(browser, report, "closed", "closed");
  await page.getByRole("heading", { name: "Your ballot was not cast" }).waitFor();
  report.check("booth failures", await page.getByText("Voting ended at noon.").isVisible(), "the server's refusal is shown with its time");
  await done();
}
