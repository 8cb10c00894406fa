// Every page of a demo with many members, asked for again and again as somebody who may see it; see ops/bench.d/pages.
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { routes, start } from "../e2e/lib/server.mjs";
import { Discovery } from "../e2e/lib/discover.mjs";

const PEOPLE = process.argv[2] ?? "10000";
const ROUNDS = Number(process.argv[3] ?? 40);
const ONLY = process.argv[4] ?? "";
const BOUND = 50;
const out = mkdtempSync(join(tmpdir(), "folkmoot-bench-"));
const site = await start(out, ["--people", PEOPLE]);

// One visitor with cookies of its own, with the answers that e2e/lib/discover.mjs reads.
class Visitor {
  cookies = new Map();
  async get(url) { return this.ask(url); }
  async ask(url, fields) {
    const options = { redirect: "manual", headers: { cookie: [...this.cookies.values()].join("; "), "sec-fetch-site": "same-origin" } };
    if (fields) Object.assign(options, { method: "POST", body: new URLSearchParams(fields) });
    const before = performance.now();
    const answer = await fetch(url, options);
    const text = await answer.text();
    const took = performance.now() - before;
    for (const line of answer.headers.getSetCookie()) { const pair = line.split(";")[0]; this.cookies.set(pair.slice(0, pair.indexOf("=")), pair); }
    return { took, bytes: text.length, status: () => answer.status, headers: () => Object.fromEntries(answer.headers), text: async () => text };
  }
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
try {
  const visitors = new Map([["nobody", new Visitor()]]);
  for (const account of site.accounts) {
    const visitor = new Visitor();
    const token = /name="csrf" value="([^"]*)"/.exec(await (await visitor.get(`${site.url}/demo`)).text())[1];
    await visitor.ask(`${site.url}/demo/sign-in`, { csrf: token, email: account.email });
    visitors.set(account.role, visitor);
  }
  const discovery = new Discovery(routes(), site.url);
  for (const [viewer, visitor] of visitors) await discovery.crawl(viewer, visitor, ["/staff/people?q=Lestari"], 2, 2, 4);
  const rows = [];
  for (const [pattern, { path, viewer }] of discovery.found) {
    if (!pattern.includes(ONLY)) continue;
    const times = [];
    let bytes = 0;
    for (let i = 0; i < ROUNDS; i += 1) {
      const answer = await visitors.get(viewer).get(site.url + path);
      if (answer.status() !== 200) break;
      times.push(answer.took); bytes = answer.bytes;
    }
    if (times.length < ROUNDS) continue;
    times.sort((a, b) => a - b);
    rows.push({ pattern, viewer, bytes, middle: at(times, 0.5), most: at(times, 0.95) });
  }
  rows.sort((a, b) => b.middle - a.middle);
  for (const r of rows.slice(0, 12)) console.log(`${r.pattern} as ${r.viewer} (${(r.bytes / 1024).toFixed(0)} KiB): median ${r.middle.toFixed(1)} ms, 95 % within ${r.most.toFixed(1)} ms`);
  const slow = rows.filter((r) => r.middle >= BOUND).length;
  console.log(`${rows.length} addresses, ${PEOPLE} people: ${rows.length - slow} with a median under ${BOUND} ms, ${slow} not; median of all ${at(rows.map((r) => r.middle).sort((a, b) => a - b), 0.5).toFixed(1)} ms`);
  console.log(`machine: ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`);
} finally {
  await site.stop();
  rmSync(out, { recursive: true, force: true });
}
