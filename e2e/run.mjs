// Entry point: node run.mjs [styleguide] [booth] [trustee] [pages [PART-OF-PATH]] [stories [PART-OF-NAME...]] — without arguments, everything.
// FOLKMOOT_BIN names the program under test. FOLKMOOT_SITE, a JSON {url, accounts}, uses a server that runs already.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launch } from "./lib/browser.mjs";
import { Report } from "./lib/report.mjs";
import { routes, start } from "./lib/server.mjs";
import { styleguide } from "./styleguide.mjs";
import { booth } from "./booth.mjs";
import { trustee } from "./trustee.mjs";
import { pages } from "./pages.mjs";
import { stories } from "./stories.mjs";

const out = fileURLToPath(new URL("./out/", import.meta.url));
mkdirSync(out, { recursive: true });
const [part, ...rest] = process.argv.slice(2);
const wants = (name) => part === undefined || part === name;
const report = new Report();
const browser = await launch();
let site;
try {
  if (wants("styleguide")) await styleguide(browser, report, out);
  if (wants("booth")) await booth(browser, report, out);
  if (wants("trustee")) await trustee(browser, report, out);
  if (wants("pages") || wants("stories")) {
    site = process.env.FOLKMOOT_SITE ? { ...JSON.parse(process.env.FOLKMOOT_SITE), stop: async () => {} } : await start(out);
    if (wants("pages")) await pages(browser, site, routes(), report, out, rest[0]);
    if (wants("stories")) await stories(browser, site, report, out, rest);
  }
} catch (error) {
  report.fail("run", error.stack ?? String(error));
} finally {
  await browser.close();
  await site?.stop();
}
process.exitCode = report.close();
