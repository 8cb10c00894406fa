// Chromium as Debian ships it; no browser is downloaded.
import { createRequire } from "node:module";
import { readFileSync, existsSync } from "node:fs";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
export const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

export const first = (paths) => paths.filter(Boolean).find((path) => existsSync(path));
export const chromiumPath = () => first([process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]);
export const firefoxPath = () => first([process.env.FIREFOX, "/usr/bin/firefox-esr", "/usr/bin/firefox"]);

export async function launch() {
  const executablePath = chromiumPath();
  if (!executablePath) throw new Error("no Chromium found: install the package chromium or set CHROMIUM to its path");
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

// Everything is asked of a page that stands still: smooth scrolling falsifies focus and reflow checks.
export const contextOptions = (extra = {}) => ({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...extra });
