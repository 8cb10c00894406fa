// The design system on one page, checked before any real page exists.
import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { extname, normalize, join } from "node:path";
import { fileURLToPath } from "node:url";
import { axe, reflow, skeleton } from "./lib/checks.mjs";
import { contextOptions } from "./lib/browser.mjs";
import { checkMarkup } from "./lib/vnu.mjs";
import { withFirefox, axeInFirefox } from "./lib/firefox.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".svg": "image/svg+xml", ".mjs": "text/javascript", ".woff2": "font/woff2" };

function serve() {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    const file = path.startsWith("/static/") ? join(HERE, "..", path) : join(HERE, "styleguide.html");
    try {
      const body = await readFile(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(body);
    } catch { response.writeHead(404).end(); }
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

// Bytes a visitor loads: the sheet, and all scripts outside the booth and the trustees' pages.
async function budgets(report) {
  const css = (await readFile(join(HERE, "../static/css/folkmoot.css"))).length;
  report.check("budgets", css <= 20_480, `folkmoot.css has ${css} bytes, 20,480 are allowed`);
  const scripts = (await readdir(join(HERE, "../static"), { recursive: true })).filter((f) => /\.m?js$/.test(f) && !/^(booth|trustee)\//.test(f));
  let bytes = 0;
  for (const file of scripts) bytes += (await readFile(join(HERE, "../static", file))).length;
  report.check("budgets", bytes <= 10_240, `scripts outside the booth have ${bytes} bytes, 10,240 are allowed: ${scripts.join(" ")}`);
}

export async function styleguide(browser, report, out) {
  await budgets(report);
  const server = await serve();
  const url = `http://127.0.0.1:${server.address().port}/`;
  try {
    const context = await browser.newContext(contextOptions({ timezoneId: "Europe/Berlin" }));
    const page = await context.newPage();
    const missing = [];
    page.on("response", (r) => { if (r.status() >= 400) missing.push(r.url()); });
    await page.goto(url, { waitUntil: "networkidle" });
    await skeleton(page, report, "style guide");
    await axe(page, report, "style guide");
    await page.screenshot({ path: join(out, "styleguide-1280.png"), fullPage: true });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: join(out, "styleguide-dark.png"), fullPage: true });
    await page.emulateMedia({ colorScheme: "light" });
    await reflow(page, report, "style guide");
    await page.screenshot({ path: join(out, "styleguide-320.png"), fullPage: true });
    await axe(page, report, "style guide at 320 px");
    await page.evaluate(() => { document.documentElement.dir = "rtl"; });
    await reflow(page, report, "style guide, right to left");
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.screenshot({ path: join(out, "styleguide-rtl.png"), fullPage: true });
    await focusVisible(page, report);
    await comforts(page, report);
    report.check("style guide files", missing.length === 0, missing.join(" "));
    await context.close();
    checkMarkup([join(HERE, "styleguide.html")], report);
    await withFirefox(async (fox) => { await fox.goto(url); await axeInFirefox(fox, report, "style guide"); });
  } finally { server.close(); }
}

// Tabbing through the page never lands behind the sticky bar (WCAG 2.4.11).
async function focusVisible(page, report) {
  await page.evaluate(() => { document.documentElement.dir = "ltr"; window.scrollTo(0, 0); });
  const hidden = [];
  for (let i = 0; i < 90; i += 1) {
    await page.keyboard.press("Tab");
    const bad = await page.evaluate(() => {
      const e = document.activeElement, bar = document.querySelector(".action-bar");
      if (!e || e === document.body || !bar || bar.contains(e)) return "";
      const a = e.getBoundingClientRect(), b = bar.getBoundingClientRect();
      return a.bottom > b.top && a.top < b.bottom && a.top >= b.top ? e.outerHTML.slice(0, 80) : "";
    });
    if (bad) hidden.push(bad);
  }
  report.check("focus not obscured", hidden.length === 0, hidden.join(" | "));
}

async function comforts(page, report) {
  const deadline = await page.locator(".deadline").innerText();
  report.check("page script", /June 1, 2026 at 1:59.AM where you are \(Europe\/Berlin\)/.test(deadline), `deadline reads ${deadline}`);
  const count = page.locator("#bio-count");
  report.check("page script", await count.innerText() === "22 of 30 characters.", await count.innerText());
  await page.locator("#bio").fill("\u{1F5F3}".repeat(31));
  report.check("page script", await count.innerText() === "Too long by 1; 30 characters are allowed.", await count.innerText());
}
