// Entry point: node run.mjs [styleguide] [pages] [stories] — without arguments, everything.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launch } from "./lib/browser.mjs";
import { Report } from "./lib/report.mjs";
import { styleguide } from "./styleguide.mjs";

const out = fileURLToPath(new URL("./out/", import.meta.url));
mkdirSync(out, { recursive: true });
const asked = process.argv.slice(2);
const wants = (part) => asked.length === 0 || asked.includes(part);
const report = new Report();
const browser = await launch();
try {
  if (wants("styleguide")) await styleguide(browser, report, out);
} finally { await browser.close(); }
process.exitCode = report.close();
