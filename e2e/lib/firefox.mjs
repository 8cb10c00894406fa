// Firefox over WebDriver BiDi.
import { firefoxPath, axeSource } from "./browser.mjs";

export async function withFirefox(task) {
  const executablePath = firefoxPath();
  if (!executablePath) throw new Error("no Firefox found: install the package firefox-esr or set FIREFOX to its path");
  const { default: puppeteer } = await import("puppeteer-core");
  const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
  try { return await task(await browser.newPage()); } finally { await browser.close(); }
}

export async function axeInFirefox(page, report, label) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => globalThis.axe.run(document).then((r) => r.violations.map((v) => `${v.id}: ${v.nodes[0].target.join(" ")}`)));
  report.check("axe in Firefox", found.length === 0, `${label}: ${found.join("; ")}`);
}
