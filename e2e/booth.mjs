// The booth and the trustee page in Chromium, against a small server that speaks the documents of
// static/booth/README.md under the strictest policy. What it receives is verified with the booth's own verifier.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { deriveCredential, readElection } from "../static/booth/belenios.mjs";
import { hedgedRandom } from "../static/booth/random.mjs";
import { publicKeyWithProof } from "../static/booth/trustee.mjs";
import { verifyBallot } from "../static/booth/verify.mjs";
import { BOX, LOG_LINE, makeLog } from "./booth/ballot-box.mjs";
import { CREDENTIALS, approval, electionText, missing, ranking } from "./booth/fixtures.mjs";
import { ArchiveWriter, folkmootArchive, noFolkmoot, referenceArchive, toolArchive } from "./booth/whole-election.mjs";
import { contextOptions } from "./lib/browser.mjs";
import { axe, reflow, skeleton } from "./lib/checks.mjs";
import { faults } from "./booth-faults.mjs";
import { inFirefox } from "./booth-firefox.mjs";
import { checkMarkup } from "./lib/vnu.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const TYPES = { ".mjs": "text/javascript", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".html": "text/html; charset=utf-8" };
const POLICY = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
  + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types folkmoot";

const NAMES = Array.from({ length: 26 }, (_, i) => `${["Ada", "Béla", "Chloé", "Dmitri", "Esi"][i % 5]} Example ${String.fromCharCode(65 + i)}`);
const APPROVAL = { answers: NAMES, min: 0, max: 26, question: "Whom do you want on the board?" };
const YES_NO = { answers: ["Yes", "No"], blank: true, min: 1, max: 1, question: "Change the bylaws?" };
const STAR = { type: "NonHomomorphic", value: { answers: NAMES.slice(0, 6), question: "Score the council" } };
const GRADES = { type: "NonHomomorphic", value: { answers: NAMES.slice(0, 3), question: "Grade the proposals" } };
const SCORE = ["Tea", "Coffee"].map((question) => ({ answers: ["0", "1", "2", "3"], min: 1, max: 1, question }));
const QUESTIONS = [APPROVAL, YES_NO, ranking(7), STAR, GRADES, ...SCORE];
const PAGES = [
  { kind: "approval", method: "The four with most approvals are elected.", candidates: NAMES.map((name) => ({ summary: "Two lines of work for the community.", statement: [`I am ${name}.`, "Vote for me."], url: "/candidates/1" })) },
  { kind: "yes_no_abstain" },
  { kind: "ranking" },
  { kind: "star", top: 5 },
  { kind: "grades", grades: ["Excellent", "Good", "Poor"] },
  { kind: "score", count: 2, title: "Score the drinks" },
];

const html = (id, script, document, title) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title} – Folkmoot</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/static/css/folkmoot.css"><link rel="stylesheet" href="/static/css/booth.css"></head><body><a class="skip" href="#main">Skip to content</a>
<main id="main" class="wrap" tabindex="-1"><div id="${id}" data-document="${document}"><h1>Voting needs JavaScript</h1></div></main>
<script type="module" src="/static/booth/${script}"></script></body></html>`;

/** A server with one election; `behaviour` lets a test make it lie or fail. */
export async function startBoothServer({ questions = QUESTIONS, pages = PAGES, groupName = "Ed25519", mailsReceipt } = {}) {
  const object = JSON.parse(electionText(groupName, questions));
  object.description = `Test election.\nBallot box key: ${await LOG_LINE}`;
  const text = JSON.stringify(object);
  const election = await readElection(text);
  const log = await makeLog();
  const state = { text, election, ballots: [], behaviour: "honest", requests: [], code: CREDENTIALS[0], log };
  const credential = (await deriveCredential(election, CREDENTIALS[0])).publicText;
  const document = () => ({
    format: "folkmoot-booth-1", election: text, log: { key: log.line, origin: BOX }, credential, order_seed: "seed", pages,
    closes: "2030-01-01T12:00:00Z", previous: state.previous, mails_receipt: mailsReceipt,
    cast: { url: "/cast", csrf: "token-1" }, urls: { finish: "/done", check: "/check", lost_code: "/lost" }, help: { text: "Write to the returns officer", url: "/contact" },
  });
  const cast = async (body, headers) => {
    if (headers["x-csrf-token"] !== "token-1") return [403, { error: { code: "csrf", message: "The form has expired." } }];
    if (state.behaviour === "closed") return [409, { error: { code: "closed", message: "Voting ended at noon.", server_time: "2030-01-01T12:00:01Z" } }];
    const { ballot } = JSON.parse(body);
    const checked = await verifyBallot(election, ballot);
    const replaced = state.ballots.length > 0 && !state.ballots.includes(ballot);
    if (!state.ballots.includes(ballot)) { state.ballots.push(ballot); log.append(ballot); }
    if (state.behaviour === "no receipt") return [200, { tracker: checked.tracker, replaced, cast_at: "2029-12-31T10:00:00Z" }];
    const index = state.behaviour === "wrong ballot" ? log.append("another ballot") : log.indexOf(ballot);
    const receipt = state.behaviour === "old checkpoint" ? await log.staleReceipt(index) : await log.receipt(index, state.behaviour === "wrong key" ? 9 : undefined);
    return [200, { receipt, tracker: checked.tracker, replaced, cast_at: "2029-12-31T10:00:00Z" }];
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://x");
    state.requests.push(`${request.method} ${request.url}`);
    const send = (status, type, body) => { response.writeHead(status, { "content-type": type, "content-security-policy": POLICY, "referrer-policy": "no-referrer", "x-content-type-options": "nosniff", "cache-control": "no-store" }); response.end(body); };
    try {
      if (url.pathname === "/vote") return send(200, TYPES[".html"], html("booth", "booth.mjs", "/booth.json", "Vote"));
      if (url.pathname === "/booth.json") return send(200, "application/json", JSON.stringify(document()));
      if (state.routes?.[url.pathname]) {
        let body = ""; for await (const chunk of request) body += chunk;
        const [status, type, answer] = await state.routes[url.pathname](body, request);
        return send(status, type, answer);
      }
      if (url.pathname === "/cast") {
        let body = ""; for await (const chunk of request) body += chunk;
        if (state.behaviour === "drop") return request.socket.destroy();
        const answer = await cast(body, request.headers);
        await state.hold;
        if (state.behaviour === "lose answer") return request.socket.destroy();
        return send(answer[0], "application/json", JSON.stringify(answer[1]));
      }
      if (url.pathname.startsWith("/static/")) return send(200, TYPES[extname(url.pathname)] ?? "application/octet-stream", readFileSync(join(ROOT, normalize(url.pathname))));
      send(404, "text/plain", "not here");
    } catch (error) { send(500, "application/json", JSON.stringify({ error: { code: "internal", message: String(error.message) } })); }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { state, html, url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}

/** A page on which every console error and policy violation is a failure. */
export async function openPage(browser, report, label, extra = {}) {
  const context = await browser.newContext(contextOptions(extra));
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => { if (message.type() === "error" && !/Failed to load resource|ERR_/.test(message.text())) report.fail("booth console", `${label}: ${message.text()}`); });
  page.on("pageerror", (error) => report.fail("booth console", `${label}: ${error}`));
  page.on("dialog", (dialog) => dialog.accept());
  return page;
}

export const press = (page, name, exact = true) => page.getByRole("button", { name, exact }).click();
export const heading = (page, text) => page.getByRole("heading", { level: 1, name: text }).waitFor();

/** Looks at a step: axe in three modes, reflow, skeleton, markup. */
export async function inspect(page, report, label, out, files) {
  const file = `${out}booth-${label}.html`;
  writeFileSync(file, "<!doctype html>" + await page.evaluate(() => document.documentElement.outerHTML));
  files.push(file);
  await axe(page, report, label);
  await skeleton(page, report, label);
  const restore = await reflow(page, report, label);
  await restore();
}

async function wholeBallot(browser, report, out, files) {
  const server = await startBoothServer();
  const page = await openPage(browser, report, "whole ballot");
  await page.goto(`${server.url}/vote#c=${server.state.code}`);
  await heading(page, APPROVAL.question);
  report.check("booth", !(await page.evaluate(() => location.href)).includes("#"), "the voting code stays in the address");
  await inspect(page, report, "approval", out, files);
  report.check("booth", (await page.locator("#main input:not(form[autocomplete=off] input)").count()) === 0, "browsers are told not to keep what is filled in");
  const shown = await page.locator(".option label").allTextContents();
  report.check("booth", shown.length === 26 && shown.join() !== NAMES.join() && [...shown].sort().join() === [...NAMES].sort().join(), "26 names in shuffled order");
  for (const name of [NAMES[0], NAMES[7], NAMES[25]]) await page.getByLabel(name, { exact: true }).check();
  report.check("booth", (await page.locator(".count").textContent()) === "3 of 26 approved – any number is fine", "the count of approvals");
  await page.getByLabel("Find by name").fill("bela");
  report.check("booth", (await page.locator(".option:visible").count()) === 5, "find by name, without accents");
  await press(page, "Show all");
  await press(page, "Next question");
  await heading(page, YES_NO.question);
  await inspect(page, report, "yes-no", out, files);
  await press(page, "Next question");
  await page.locator(".error-summary").waitFor();
  report.check("booth", (await page.title()).startsWith("Error: "), "an error is in the title");
  await page.getByLabel("Abstain").check();
  await press(page, "Next question");
  await heading(page, "In which order?");
  await rankingStep(page, report);
  await inspect(page, report, "ranking", out, files);
  await press(page, "Next question");
  await heading(page, STAR.value.question);
  await page.getByRole("group", { name: NAMES[2] }).getByLabel("5").check();
  await page.getByRole("group", { name: NAMES[4] }).getByLabel("3").check();
  await inspect(page, report, "star", out, files);
  await press(page, "Next question");
  await heading(page, GRADES.value.question);
  await page.getByRole("group", { name: NAMES[0] }).getByLabel("Good").check();
  await press(page, "Next question");
  report.check("booth", (await page.locator(".error-summary li").count()) === 2, "half a set of grades is refused");
  await page.getByRole("group", { name: NAMES[1] }).getByLabel("Poor").check();
  await page.getByRole("group", { name: NAMES[2] }).getByLabel("Excellent").check();
  await inspect(page, report, "grades", out, files);
  await press(page, "Next question");
  await heading(page, "Score the drinks");
  await page.getByRole("group", { name: "Coffee" }).getByLabel("3").check();
  await press(page, "Check your choices");
  await heading(page, /Not cast yet/);
  await page.getByText("Sealed on this device.").waitFor();
  await inspect(page, report, "check", out, files);
  report.check("booth", server.state.ballots.length === 0 && !server.state.requests.includes("POST /cast"), "nothing is sent before Cast");
  await press(page, "Cast your ballot");
  await heading(page, "Your ballot is in the ballot box");
  await inspect(page, report, "receipt", out, files);
  const tracker = (await page.locator(".tracker span").allTextContents()).join("");
  const [ballot] = server.state.ballots;
  report.check("booth", (await page.locator("code.fingerprint").textContent()) === server.state.election.fingerprint, "the receipt names the election's fingerprint");
  const kept = await page.evaluate(() => JSON.stringify([localStorage.length, sessionStorage.length, document.cookie, history.state, document.title]));
  report.check("booth", kept === JSON.stringify([0, 0, "", null, "Your ballot is in the ballot box – Test – Folkmoot"]), `nothing is kept in the browser: ${kept}`);
  report.check("booth", tracker === createHash("sha256").update(ballot).digest("base64").slice(0, 43), "the tracker is the hash of the ballot that arrived");
  report.check("booth", !server.state.requests.some((line) => line.includes(server.state.code)), "the voting code reached the server");
  const [download] = await Promise.all([page.waitForEvent("download"), press(page, "Download receipt")]);
  report.check("booth", readFileSync(await download.path(), "utf8").startsWith("c2sp.org/tlog-proof@v1\n"), "the receipt can be downloaded");
  await page.context().close();
  await verifiedByOthers(server, report, "Chromium, six questions");
  await server.close();
}

const SECRET = 123456789012345678901234567890n;

/** Puts the ballots of a server into an archive and asks verifiers that share no code with the booth. */
export async function verifiedByOthers({ state }, report, label) {
  const { group, gPow } = state.election;
  const key = await publicKeyWithProof(group, gPow, SECRET, await hedgedRandom("test"));
  const { publicText } = await deriveCredential(state.election, CREDENTIALS[0]);
  const objects = [state.text, JSON.stringify([["Single", key]]), JSON.stringify([publicText])];
  const sha = (text) => createHash("sha256").update(text).digest("hex");
  const writer = new ArchiveWriter();
  writer.append("Setup", ...objects, `{"election":"${sha(objects[0])}","trustees":"${sha(objects[1])}","credentials":"${sha(objects[2])}"}`);
  for (const ballot of state.ballots) writer.append("Ballot", ballot);
  const verdicts = [["reference verifier", missing("python3"), referenceArchive], ["folkmoot verify", noFolkmoot, folkmootArchive]];
  if (group.name !== "Ed25519") verdicts.push(["belenios-tool", missing("belenios-tool"), toolArchive]);
  for (const [name, absent, verify] of verdicts) {
    if (absent) { console.log(`skipped: ${label} by ${name} (${absent})`); continue; }
    const { accepted, output } = await verify(writer.bytes());
    report.check("booth ballots elsewhere", accepted && state.ballots.length > 0, `${label}, ${name}: ${output}`);
  }
}

/** A finite-field ballot, which belenios-tool 2.0 can verify. */
async function finiteField(browser, report) {
  const server = await startBoothServer({ questions: [approval(4, 1, 2, true)], pages: [{ kind: "approval" }], groupName: "BELENIOS-2048" });
  const page = await openPage(browser, report, "finite field");
  await page.goto(`${server.url}/vote#c=${server.state.code}`);
  await page.getByLabel("Candidate 4").check();
  await press(page, "Check your choices");
  await press(page, "Cast your ballot");
  await heading(page, "Your ballot is in the ballot box");
  await verifiedByOthers(server, report, "Chromium, BELENIOS-2048");
  await page.context().close();
  await server.close();
}

/** Ranks by button, list, up, down, undo, keyboard and drag. */
async function rankingStep(page, report) {
  const order = () => page.locator(".rank .name").allTextContents();
  const add = (n) => press(page, `Rank Candidate ${n}`);
  await add(3); await add(1); await add(5); await add(2);
  report.check("booth ranking", (await order()).join() === [3, 1, 5, 2].map((n) => `Candidate ${n}`).join(), "ranked in the order of pressing");
  report.check("booth ranking", (await page.getByRole("status").first().textContent()).startsWith("Candidate 2 is now 4 of 4"), "the move is announced");
  await press(page, "Up Candidate 5");
  report.check("booth ranking", (await order())[1] === "Candidate 5" && await page.evaluate(() => document.activeElement.textContent.startsWith("Up")), "Up moves and keeps the focus");
  await page.getByLabel("Position of Candidate 2").selectOption("1");
  report.check("booth ranking", (await order())[0] === "Candidate 2", "the position list moves");
  await press(page, "Down Candidate 2"); await press(page, "Remove Candidate 1");
  report.check("booth ranking", (await order()).join() === [3, 2, 5].map((n) => `Candidate ${n}`).join(), "Down and Remove");
  await press(page, "Undo");
  report.check("booth ranking", (await order()).length === 4, "Undo brings the removed one back");
  const boxes = await Promise.all([0, 3].map((i) => page.locator(".rank .handle").nth(i).boundingBox()));
  await page.mouse.move(boxes[1].x + 5, boxes[1].y + 5);
  await page.mouse.down();
  await page.mouse.move(boxes[0].x + 5, boxes[0].y - 4, { steps: 8 });
  await page.mouse.up();
  report.check("booth ranking", (await order())[0] === "Candidate 1" && (await order()).length === 4, `dragging to the top: ${await order()}`);
}

export const ONE = { questions: [approval(3, 0, 3)], pages: [{ kind: "approval" }] };

/** Where a copy of the receipt is mailed, the voter knows it before Cast and with the receipt; elsewhere nothing is said. */
async function receiptByMail(browser, report, out, files) {
  for (const mailsReceipt of [true, undefined]) {
    const server = await startBoothServer({ ...ONE, mailsReceipt });
    const page = await openPage(browser, report, "receipt by mail");
    const says = async (words) => report.check("booth receipt by mail", (await page.getByText(words).count()) === (mailsReceipt ? 1 : 0), `${mailsReceipt ? "told" : "not told"}: ${words}`);
    await page.goto(`${server.url}/vote#c=${server.state.code}`);
    await page.getByLabel("Candidate 1").check();
    await press(page, "Check your choices");
    await heading(page, /Not cast yet/);
    await says("a copy of your receipt is mailed to you");
    await press(page, "Cast your ballot");
    await heading(page, "Your ballot is in the ballot box");
    await says("A copy of this receipt is mailed to you when the day is over");
    if (mailsReceipt) await inspect(page, report, "receipt-by-mail", out, files);
    await page.context().close();
    await server.close();
  }
}

/** Whoever votes again sees what was cast with the code before, so that somebody else's ballot does not go unnoticed. */
async function votingAgain(browser, report, out, files) {
  const server = await startBoothServer(ONE);
  const page = await openPage(browser, report, "voting again");
  const toCheckAgain = async (previous) => {
    server.state.previous = previous;
    await page.goto("about:blank");
    await page.goto(`${server.url}/vote#c=${server.state.code}`);
    await page.getByLabel("Candidate 1").check();
    await press(page, "Check your choices");
    await heading(page, /Not cast yet/);
    return page.locator("#main").innerText();
  };
  report.check("booth voting again", !/replaces|undefined/.test(await toCheckAgain(undefined)), "the first ballot replaces nothing");
  const trackers = ["a".repeat(43), "b".repeat(43)];
  const said = await toCheckAgain({ trackers });
  report.check("booth voting again", said.includes("This ballot replaces the one that you cast before.") && !said.includes("undefined"), said);
  await page.getByText("Tracking codes of what was cast").click();
  const lines = await page.locator("details li").allInnerTexts();
  report.check("booth voting again", lines.join("|") === `${trackers[0]} was replaced|${trackers[1]} counts until you cast this one`, lines.join("|"));
  await inspect(page, report, "voting-again", out, files);
  await page.context().close();
  await server.close();
}

async function codes(browser, report, out, files) {
  const server = await startBoothServer(ONE);
  const page = await openPage(browser, report, "codes");
  await page.goto(`${server.url}/vote`);
  await heading(page, "Enter your voting code");
  await inspect(page, report, "code", out, files);
  for (const [code, message] of [["abc", "not a complete voting code"], [CREDENTIALS[1], "another election or another person"]]) {
    await page.getByLabel("Your voting code").fill(code);
    await press(page, "Continue");
    await page.locator(".error-summary", { hasText: message }).waitFor();
    report.pass("booth codes");
  }
  await page.getByLabel("Your voting code").fill(` ${server.state.code} `);
  await page.keyboard.press("Enter");
  await heading(page, "Who?");
  report.pass("booth codes");
  await page.context().close();
  await server.close();
}

/** From the code to the receipt with Tab, Space and Enter only. */
async function keyboardOnly(browser, report) {
  const server = await startBoothServer(ONE);
  const page = await openPage(browser, report, "keyboard");
  await page.goto(`${server.url}/vote#c=${server.state.code}`);
  await heading(page, "Who?");
  const tabTo = async (name) => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      const label = await page.evaluate(() => (document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim());
      if (label === name) return report.pass("booth keyboard");
    }
    report.fail("booth keyboard", `${name} cannot be reached`);
  };
  await tabTo("Candidate 3"); await page.keyboard.press("Space");
  await tabTo("Check your choices"); await page.keyboard.press("Enter");
  await heading(page, /Not cast yet/);
  await tabTo("Cast your ballot"); await page.keyboard.press("Enter");
  await heading(page, "Your ballot is in the ballot box");
  report.check("booth keyboard", server.state.ballots.length === 1, "one ballot");
  await page.context().close();
  await server.close();
}

export async function booth(browser, report, out) {
  const files = [];
  await wholeBallot(browser, report, out, files);
  await finiteField(browser, report);
  await faults(browser, report, out, files);
  await receiptByMail(browser, report, out, files);
  await votingAgain(browser, report, out, files);
  await codes(browser, report, out, files);
  await keyboardOnly(browser, report);
  await inFirefox(report);
  checkMarkup(files, report);
}
