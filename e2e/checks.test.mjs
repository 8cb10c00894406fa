// The page checks notice what they are there to notice.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { axe, forms, headers, reflow, skeleton } from "./lib/checks.mjs";
import { contextOptions, launch } from "./lib/browser.mjs";
import { Discovery } from "./lib/discover.mjs";
import { Report } from "./lib/report.mjs";
import { checkMarkup } from "./lib/vnu.mjs";

let browser, page;
before(async () => { browser = await launch(); page = await (await browser.newContext(contextOptions())).newPage(); });
after(() => browser.close());

class Silent extends Report {
  fail(group, message) { const log = console.error; console.error = () => {}; super.fail(group, message); console.error = log; }
  get failed() { return this.failures.length; }
}
const GOOD = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A – B – Folkmoot</title></head><body>
<a href="#main">Skip to main content</a><main id="main"><h1>Heading</h1>BODY</main></body></html>`;

async function verdict(check, body, html = GOOD) {
  const report = new Silent();
  await page.setContent(html.replace("BODY", body));
  await check(page, report, "page");
  return report;
}

test("axe finds missing labels and weak contrast", async () => {
  assert.equal((await verdict(axe, "<p>fine</p>")).failed, 0);
  assert.equal((await verdict(axe, '<input type="text">')).failed, 3);
  assert.ok((await verdict(axe, '<p style="color:#bbb;background:#fff">faint</p>')).failed > 0);
});

test("a wide element is found at 320 pixels, a scrolling region is not", async () => {
  assert.equal((await verdict(reflow, '<div style="width:600px">wide</div>')).failed, 1);
  await page.setViewportSize({ width: 1280, height: 900 });
  assert.equal((await verdict(reflow, '<div style="overflow-x:auto"><div style="width:600px">wide</div></div>')).failed, 0);
  await page.setViewportSize({ width: 1280, height: 900 });
});

test("a page needs one heading, a language and a title", async () => {
  assert.equal((await verdict(skeleton, "")).failed, 0);
  assert.equal((await verdict(skeleton, "<h1>Second</h1>")).failed, 1);
  assert.equal((await verdict(skeleton, "", GOOD.replace(' lang="en"', ""))).failed, 1);
});

test("forms that need scripts or lack a token are found", async () => {
  const good = '<form method="post"><input type="hidden" name="csrf" value="x"><button>Go</button></form>';
  await page.goto("about:blank");
  await page.route("http://site.test/*", (route) => route.fulfill({ contentType: "text/html", body: GOOD.replace("BODY", "") }));
  await page.goto("http://site.test/");
  assert.equal((await verdict(forms, good)).failed, 0);
  for (const bad of ['<form method="post"><button>Go</button></form>', '<form><input name="q"></form>', '<form><input><button>Go</button></form>',
    '<form action="http://elsewhere.test/"><button>Go</button></form>', '<button type="button">Open</button>']) {
    assert.equal((await verdict(forms, bad)).failed, 1, bad);
  }
});

test("a loosened policy is found", () => {
  const csp = "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
  const all = { "content-security-policy": csp, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cross-origin-opener-policy": "same-origin", "permissions-policy": "camera=()" };
  const verdictOf = (h) => { const report = new Silent(); headers({ headers: () => h }, report, "x"); return report.failed; };
  assert.equal(verdictOf(all), 0);
  for (const name of Object.keys(all)) assert.equal(verdictOf({ ...all, [name]: "" }), 1, name);
  for (const bad of ["'unsafe-inline'", "'unsafe-eval'", "https://cdn.test"]) assert.equal(verdictOf({ ...all, "content-security-policy": csp.replace("script-src 'self'", `script-src 'self' ${bad}`) }), 1, bad);
});

test("the HTML checker finds a broken page and only that one", () => {
  const folder = mkdtempSync(join(tmpdir(), "folkmoot-markup-"));
  const good = join(folder, "good.html"), bad = join(folder, "bad.html");
  writeFileSync(good, GOOD.replace("BODY", ""));
  writeFileSync(bad, GOOD.replace("BODY", "<ul><p>no</p></ul>"));
  const report = new Silent();
  checkMarkup([good, bad], report);
  rmSync(folder, { recursive: true });
  assert.deepEqual([report.failed, report.failures.every((f) => f.includes("bad.html"))], [1, true]);
});

test("routes are found through links, and those without a link are reported", async () => {
  const routes = [["/", "public"], ["/e/{id}", "public"], ["/e/{id}/result", "public"], ["/hidden/{id}", "public"], ["/static/{name:.*}", "static"]].map(([path, access]) => ({ method: "GET", path, access }));
  const site = { "/": '<a href="/e/one">', "/e/one": '<a href="/e/one/result?x=1&amp;y=2">', "/e/one/result?x=1&y=2": "" };
  const discovery = new Discovery(routes, "http://site.test");
  await discovery.crawl("nobody", { get: async (url) => { const path = url.slice("http://site.test".length); return { status: () => (path in site ? 200 : 404), headers: () => ({ "content-type": "text/html" }), text: async () => site[path] ?? "" }; } });
  assert.deepEqual([...discovery.found.keys()], ["/", "/e/{id}", "/e/{id}/result"]);
  assert.deepEqual(discovery.missing().map((r) => r.path), ["/hidden/{id}"]);
});
