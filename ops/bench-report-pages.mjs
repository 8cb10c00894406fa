// Times of pages beside hostile reports, against a demo; see ops/bench.d/report-pages.
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "../e2e/lib/server.mjs";

const PAGES = Number(process.argv[2] ?? 10_000);
const HOSTILE = [
  "while True: pass\n",
  "x = [0]\nwhile True: x = x * 2\n",
  "import re\nre.match('(a+)+$', 'a' * 40 + 'b')\n",
  "while True: print('x' * 1000)\n",
  "9 ** 9 ** 8\n",
];
const out = mkdtempSync(join(tmpdir(), "folkmoot-bench-"));
const site = await start(out);

class Person {
  jar = new Map();
  async ask(path, fields) {
    const options = { redirect: "manual", headers: { cookie: [...this.jar.values()].join("; "), "sec-fetch-site": "same-origin" } };
    if (fields) Object.assign(options, { method: "POST", body: new URLSearchParams(fields) });
    const before = performance.now();
    const answer = await fetch(site.url + path, options);
    const text = await answer.text();
    const took = performance.now() - before;
    for (const cookie of answer.headers.getSetCookie().map((c) => c.split(";")[0])) this.jar.set(cookie.slice(0, cookie.indexOf("=")), cookie);
    return { took, status: answer.status, text, location: answer.headers.get("location") };
  }
  async csrf(path) { return /name="csrf" value="([^"]*)"/.exec((await this.ask(path)).text)[1]; }
  async signIn(role) {
    const account = site.accounts.find((a) => a.role === role);
    await this.ask("/demo/sign-in", { csrf: await this.csrf("/demo"), email: account.email });
    this.token = await this.csrf("/staff/reports/new");
  }
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

async function pages(reader) {
  const times = [];
  for (let i = 0; i < PAGES; i += 1) times.push((await reader.ask(["/", "/elections", "/bodies", "/sign-in"][i % 4])).took);
  return times.sort((a, b) => a - b);
}

const row = (words, times) => console.log(`${words}: median ${at(times, 0.5).toFixed(1)} ms, p99 ${at(times, 0.99).toFixed(1)} ms, most ${times.at(-1).toFixed(1)} ms`);

try {
  const reader = new Person();
  const authors = [new Person(), new Person()];
  await authors[0].signIn("report_author");
  await authors[1].signIn("administrator");
  console.log(`${cpus().length} processors, load ${loadavg()[0].toFixed(1)}, ${PAGES} pages`);
  await pages(reader);
  row("alone", await pages(reader));
  let going = true, queued = 0;
  const attack = authors.map(async (author, n) => {
    for (let i = n; going; i += 1) {
      const answer = await author.ask("/staff/reports/new", { csrf: author.token, title: "Attack", base: "", act: "sample", script: HOSTILE[i % HOSTILE.length] });
      if (answer.status === 303) queued += 1;
      else await new Promise((resolve) => setTimeout(resolve, 500));
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const beside = await pages(reader);
  going = false;
  row("beside hostile reports (bound p99 100 ms)", beside);
  console.log(`${queued} hostile reports queued meanwhile`);
  await Promise.all(attack);
} finally {
  await site.stop();
  rmSync(out, { recursive: true, force: true });
}
