// The booth in Firefox: module worker, policy, ballots of every kind and the receipt work there too.
import { startBoothServer, verifiedByOthers } from "./booth.mjs";
import { approval, ranking } from "./booth/fixtures.mjs";
import { withFirefox } from "./lib/firefox.mjs";

const names = (n) => Array.from({ length: n }, (_, i) => `Person ${i + 1}`);
const STAR = { type: "NonHomomorphic", value: { answers: names(4), question: "Score them" } };
const BALLOT = {
  questions: [approval(3, 0, 3), ranking(4), STAR],
  pages: [{ kind: "approval" }, { kind: "ranking" }, { kind: "star", top: 5 }],
};

/** An approval, a ranking and scores, cast and proved. */
export async function inFirefox(report) {
  const server = await startBoothServer(BALLOT);
  await withFirefox(async (page) => {
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    const press = (selector) => page.locator(selector).click();
    const heading = (words) => page.waitForFunction((wanted) => document.querySelector("h1")?.textContent.startsWith(wanted), {}, words);
    await page.goto(`${server.url}/vote#c=${server.state.code}`);
    await press("::-p-text(Candidate 2)");
    await press("::-p-text(Next question)");
    await heading("In which order?");
    for (const place of [2, 0, 3]) await press(`[data-key="add-${place}"]`);
    await press('[data-key="up-3"]');
    const ranked = await page.$$eval(".rank .name", (all) => all.map((one) => one.textContent));
    report.check("booth in Firefox", ranked.join() === "Candidate 3,Candidate 4,Candidate 1", `ranked ${ranked}`);
    await press("::-p-text(Next question)");
    await heading("Score them");
    await press("fieldset:nth-of-type(1) .scores label:nth-of-type(6)");
    await press("fieldset:nth-of-type(2) .scores label:nth-of-type(3)");
    await press("::-p-text(Check your choices)");
    await heading("Not cast yet");
    report.check("booth in Firefox", !server.state.requests.includes("POST /cast"), "nothing is sent before Cast");
    await press("#cast");
    await heading("Your ballot is in the ballot box");
    report.check("booth in Firefox", errors.length === 0, errors.join("; "));
  });
  await verifiedByOthers(server, report, "Firefox");
  await server.close();
}
