// Runs the stories in stories/*.mjs. A story exports `name`, `run(t)` and, to come after the others, `last`, or, for a demo that
// no other story sees, `own`; `t` has
//   url, accounts, account(role)   the demo and who can sign in there
//   context(options)               a fresh browser context (options as Playwright's newContext), closed afterwards
//   signIn(page, account)          signs in with e-mail and password; fails the story when refused
//   check(condition, message)      one counted check; the story goes on
//   shot(page, name)               screenshot e2e/out/stories/NAME.png
//   axe(page, label)               accessibility in three modes, for states only a story reaches
//   browser, report, out
import { readdirSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { contextOptions } from "./lib/browser.mjs";
import { axe } from "./lib/checks.mjs";
import { signIn } from "./lib/people.mjs";
import { start } from "./lib/server.mjs";

export async function stories(browser, site, report, out, wanted) {
  const folder = new URL("./stories/", import.meta.url);
  mkdirSync(join(out, "stories"), { recursive: true });
  const files = readdirSync(folder).filter((f) => f.endsWith(".mjs") && !f.endsWith(".test.mjs")).sort();
  const found = [];
  for (const file of files) found.push([file, await import(new URL(file, folder))]);
  // A story that moves the clock far says so with `last`; a greater number comes later.
  found.sort(([, a], [, b]) => Number(a.last ?? false) - Number(b.last ?? false));
  for (const [file, story] of found) {
    if (wanted.length > 0 && !wanted.some((w) => file.includes(w))) continue;
    const group = `story: ${story.name}`;
    const contexts = [];
    const own = story.own && !process.env.FOLKMOOT_SITE ? await ownDemo(out, file) : null;
    const { url, accounts } = own ?? site;
    const t = {
      browser, report, out, url, accounts,
      account(role) {
        const found = accounts.find((a) => a.role === role);
        if (!found) throw new Error(`the demo has no account with role ${role}`);
        return found;
      },
      async context(options = {}) { const c = await browser.newContext(contextOptions(options)); contexts.push(c); return c; },
      async signIn(page, account) { if (!(await signIn(page, url, account))) throw new Error(`could not sign in as ${account.email}`); },
      check: (condition, message) => report.check(group, condition, message),
      shot: (page, name) => page.screenshot({ path: join(out, "stories", `${name}.png`), fullPage: true }),
      axe: (page, label) => axe(page, report, label),
    };
    try { await story.run(t); report.pass(group); } catch (error) {
      report.fail(group, error.stack ?? String(error));
      for (const [i, page] of contexts.flatMap((c) => c.pages()).entries()) await page.screenshot({ path: join(out, "stories", `failed-${file}-${i}.png`), fullPage: true }).catch(() => {});
    }
    for (const context of contexts) await context.close();
    await own?.stop();
  }
}

async function ownDemo(out, file) {
  const folder = join(out, `demo-${file}`);
  mkdirSync(folder, { recursive: true });
  return start(folder);
}
