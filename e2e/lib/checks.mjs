// What every page must satisfy, whatever it is about.
import { axeSource } from "./browser.mjs";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
const MODES = [
  ["light", { colorScheme: "light", forcedColors: "none" }],
  ["dark", { colorScheme: "dark", forcedColors: "none" }],
  ["forced colours", { colorScheme: "light", forcedColors: "active" }],
];

export async function axe(page, report, label) {
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(axeSource);
  for (const [mode, media] of MODES) {
    await page.emulateMedia(media);
    const found = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } })
      .then((r) => r.violations.map((v) => `${v.id} (${v.nodes.length}): ${v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? n.all[0]?.message ?? "")).join(" | ")}`)), TAGS);
    report.check(`axe ${mode}`, found.length === 0, `${label}: ${found.join("; ")}`);
  }
  await page.emulateMedia({ colorScheme: "light", forcedColors: "none" });
}

// At 320 CSS pixels nothing but a scrolling region of its own may be wider than the page (WCAG 1.4.10).
export async function reflow(page, report, label) {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 800 });
  const wide = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= limit) return [];
    return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > limit + 1 || e.getBoundingClientRect().left < -1 && !e.closest(".skip, .hidden-text"))
      .slice(0, 4).map((e) => e.tagName.toLowerCase() + (e.className ? "." + String(e.className.baseVal ?? e.className).replaceAll(" ", ".") : "") + " " + Math.round(e.getBoundingClientRect().right))
      .concat([`page ${document.documentElement.scrollWidth}`]);
  });
  report.check("reflow at 320 px", wide.length === 0, `${label}: ${wide.join(", ")}`);
  return async () => page.setViewportSize(size);
}

// One h1, a title that names the task, and a document that says its language.
export async function skeleton(page, report, label) {
  const facts = await page.evaluate(() => ({ h1: document.querySelectorAll("h1").length, title: document.title, lang: document.documentElement.lang,
    skip: document.querySelector("body > a")?.getAttribute("href") }));
  report.check("page skeleton", facts.h1 === 1 && facts.lang !== "" && / – Folkmoot$/.test(facts.title) && facts.skip === "#main",
    `${label}: ${JSON.stringify(facts)}`);
}

// Forms must work without scripts: somewhere to go, something to press, names on all controls.
export async function forms(page, report, label) {
  const faults = await page.evaluate(() => {
    const out = [];
    // What a script builds to seal or decrypt must have no names: nothing of it may ever be sent as a form.
    for (const form of document.querySelectorAll("main form:not([data-script], [data-document] form)")) {
      const action = new URL(form.getAttribute("action") ?? "", location.href);
      if (action.origin !== location.origin) out.push(`form goes to ${action.origin}`);
      if (!form.querySelector("button:not([type=button]):not([type=reset]), input[type=submit]")) out.push(`form ${action.pathname} has no submit button`);
      for (const c of form.querySelectorAll("input:not([type=submit]), select, textarea")) if (!c.name && !c.hidden) out.push(`control ${c.id || c.type} in ${action.pathname} has no name`);
      // The one-click way out of a mail carries its proof in the address (RFC 8058).
      if (form.method === "post" && !action.pathname.startsWith("/unsubscribe/") && !form.querySelector("input[name=csrf]")) out.push(`form ${action.pathname} has no CSRF token`);
    }
    for (const b of document.querySelectorAll("main button[type=button]")) if (!b.hidden && !b.closest("[hidden], [data-passkey], [data-document]")) out.push(`button "${b.textContent.trim()}" does nothing without scripts`);
    return out;
  });
  report.check("forms without scripts", faults.length === 0, `${label}: ${faults.join("; ")}`);
}

const WANTED = {
  "content-security-policy": /default-src 'none'(?=.*script-src 'self'( |;|$))(?=.*frame-ancestors 'none')(?=.*base-uri 'none')(?=.*form-action 'self')(?!.*(unsafe|https?:|\*))/,
  "x-content-type-options": /^nosniff$/,
  "referrer-policy": /^no-referrer$/,
  "cross-origin-opener-policy": /^same-origin$/,
  "permissions-policy": /./,
};

// A document made to be framed by our own pages, such as the HTML part of a mail: no script, no forms, sandboxed wherever it is opened.
const FRAMED = { ...WANTED, "content-security-policy": /^default-src 'none'(?=.*frame-ancestors 'self')(?=.*base-uri 'none')(?=.*form-action 'none')(?!.*(script|https?:|\*|allow-same-origin|allow-forms|allow-popups))/ };
// A page made to be shown on other sites, such as how far a membership drive is: it knows nobody, has no script and no form.
const EMBEDDED = { ...WANTED, "content-security-policy": /^default-src 'none'(?=.*frame-ancestors \*$)(?=.*base-uri 'none')(?=.*form-action 'none')(?!.*(script|https?:))/ };

const policyOf = (response) => response.headers()["content-security-policy"] ?? "";
const isEmbedded = (response) => policyOf(response).includes("frame-ancestors *");
export const isFramed = (response) => policyOf(response).includes("sandbox") || isEmbedded(response);

export function headers(response, report, label) {
  const got = response.headers();
  const rules = isEmbedded(response) ? EMBEDDED : isFramed(response) ? FRAMED : WANTED;
  const bad = Object.entries(rules).filter(([name, rule]) => !rule.test(got[name] ?? "")).map(([name]) => `${name}: ${got[name] ?? "missing"}`);
  report.check("security headers", bad.length === 0, `${label}: ${bad.join("; ")}`);
}
