// Every GET route of the router's own list: accessibility, markup, reflow, forms, headers, no stranger's servers.
import { mkdirSync, writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { axe, reflow, skeleton, forms, headers, isFramed } from "./lib/checks.mjs";
import { contextOptions } from "./lib/browser.mjs";
import { Discovery } from "./lib/discover.mjs";
import { checkMarkup } from "./lib/vnu.mjs";
import { askForLink, signIn, signUp } from "./lib/people.mjs";

// Addresses no link has, because a form leads to them.
const STARTS = ["/staff/people?q=Lestari"];

// Pictures of every page, wide, dark and narrow, are for people who look at them: FOLKMOOT_PICTURES=1 takes them.
const picture = async (page, file) => { if (process.env.FOLKMOOT_PICTURES) await page.screenshot({ path: file, fullPage: true }); };

const fileName = (path) => path.replace(/^\//, "").replaceAll(/[^A-Za-z0-9]+/g, "-").replace(/-$/, "") || "home";

export async function pages(browser, site, routes, report, out, only) {
  const folder = join(out, "pages");
  mkdirSync(folder, { recursive: true });
  const contexts = new Map([["nobody", await browser.newContext(contextOptions())]]);
  for (const account of site.accounts) {
    const context = await browser.newContext(contextOptions());
    const page = await context.newPage();
    if (report.check("sign in", await signIn(page, site.url, account), `${account.email} (${account.role})`)) contexts.set(account.role, context);
    await page.close();
  }
  await haveMailSent(contexts.get("nobody"), site);
  const discovery = new Discovery(routes, site.url);
  discovery.broken = (viewer, path, what) => report.fail("crawl", `${path} as ${viewer}: ${what}`);
  for (const [viewer, context] of contexts) { await discovery.crawl(viewer, context.request, STARTS); report.pass("crawl"); }

  // Pages no link leads to in the demo, each with the reason and the test that opens it instead.
  const excused = JSON.parse(readFileSync(new URL("./unvisited.json", import.meta.url), "utf8"));
  for (const route of discovery.missing()) report.check("every route opened", route.path in excused, `${route.path} (${route.access}) was never shown to any demo account`);
  for (const path of Object.keys(excused)) report.check("every route opened", discovery.patterns.some((p) => p.path === path), `unvisited.json names ${path}, which is no route`);

  const saved = [];
  const chosen = [...discovery.found].filter(([pattern]) => !only || pattern.includes(only));
  // Two pages at a time: the browser draws and measures each in a process of its own.
  const waiting = chosen.values();
  await Promise.all([1, 2].map(async () => {
    for (const [pattern, { path, viewer, html }] of waiting) {
      report.pass("every route opened");
      const context = contexts.get(viewer);
      if (!html) { headers(await context.request.get(site.url + path), report, path); continue; }
      saved.push(await checkPage(context, site, path, `${pattern} as ${viewer}`, report, folder));
    }
  }));
  // The start page shows each kind of viewer something else.
  if (!only) for (const viewer of ["member", "administrator"]) saved.push(await checkPage(contexts.get(viewer), site, `/?as=${viewer}`, `/ as ${viewer}`, report, folder));
  for (const { path } of routes.filter((r) => r.method === "GET" && r.access === "static" && !r.path.includes("{"))) {
    headers(await contexts.get("nobody").request.get(site.url + path), report, path);
  }
  if (!only) await refusals(contexts.get("nobody"), site, report, folder, saved);
  checkMarkup(saved, report);
  for (const context of contexts.values()) await context.close();
}

// Pages that only a mailed link leads to: one mail of each kind a visitor can cause.
async function haveMailSent(context, site) {
  const page = await context.newPage();
  await signUp(page, site.url, { name: "Wren Hollis", email: "wren.hollis@visitors.example", password: "kettle meadow sixteen" });
  await askForLink(page, site.url, site.accounts.find((a) => a.role === "third_member").email);
  await page.goto(`${site.url}/demo/mail`);
  while (await page.locator("tbody tr", { hasText: "queued" }).count() > 0) await page.reload();
  await page.close();
}

async function checkPage(context, site, path, label, report, folder) {
  const page = await context.newPage();
  const strangers = [], grumbles = [], responses = [];
  page.on("request", (r) => { if (!r.url().startsWith(site.url) && !/^(data|blob):/.test(r.url())) strangers.push(r.url()); });
  page.on("console", (m) => { if (m.type() === "error") grumbles.push(m.text()); });
  page.on("pageerror", (e) => grumbles.push(e.message));
  page.on("response", (r) => responses.push(r));
  const file = join(folder, `${fileName(path.replace(/\?(?!as=).*/, ""))}.html`);
  try {
    const response = await page.goto(site.url + path, { waitUntil: "load", timeout: 60_000 });
    writeFileSync(file, await response.text());
    if (isFramed(response)) { headers(response, report, label); await page.close(); return file; }
    for (const r of responses) headers(r, report, `${label}: ${r.url().replace(site.url, "")}`);
    await skeleton(page, report, label);
    await forms(page, report, label);
    await axe(page, report, label);
    await picture(page, file.replace(".html", "-1280.png"));
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, file.replace(".html", "-dark.png"));
    await page.emulateMedia({ colorScheme: "light" });
    await reflow(page, report, label);
    await picture(page, file.replace(".html", "-320.png"));
    report.check("no third-party request", strangers.length === 0, `${label}: ${strangers.join(" ")}`);
    report.check("no error in the console", grumbles.length === 0, `${label}: ${grumbles.join(" | ")}`);
  } catch (error) { report.fail("page opens", `${label}: ${error.message}`); }
  await page.close();
  return file;
}

// Refusals carry the same headers and are pages too.
async function refusals(context, site, report, folder, saved) {
  const page = await context.newPage();
  const response = await page.goto(`${site.url}/no-such-page`);
  report.check("refusals", response.status() === 404, `/no-such-page answered ${response.status()}`);
  headers(response, report, "/no-such-page");
  await skeleton(page, report, "/no-such-page");
  await axe(page, report, "/no-such-page");
  await reflow(page, report, "/no-such-page");
  const file = join(folder, "no-such-page.html");
  writeFileSync(file, await response.text());
  saved.push(file);
  await page.close();
  for (const [method, path] of [["POST", "/no-such-page"], ["POST", "/sign-in"], ["DELETE", "/"]]) {
    const answer = await context.request.fetch(site.url + path, { method, form: method === "POST" ? { email: "x" } : undefined });
    report.check("refusals", answer.status() >= 400 && answer.status() < 500, `${method} ${path} without a token answered ${answer.status()}`);
    headers(answer, report, `${method} ${path}`);
  }
}
