// A roster of 481 people is imported through the staff pages of a demo, then its page is asked for again and again; see
// ops/bench.d/awards.
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "../e2e/lib/server.mjs";

const ROUNDS = Number(process.argv[2] ?? 200);
const out = mkdtempSync(join(tmpdir(), "folkmoot-bench-"));
const site = await start(out);
let cookies = "";

async function ask(path, body) {
  const options = { redirect: "manual", headers: { cookie: cookies, "sec-fetch-site": "same-origin" } };
  if (body) Object.assign(options, { method: "POST", body: body instanceof FormData ? body : new URLSearchParams(body) });
  const before = performance.now();
  const answer = await fetch(site.url + path, options);
  const text = await answer.text();
  const took = performance.now() - before;
  const set = answer.headers.getSetCookie().map((c) => c.split(";")[0]);
  const jar = new Map(cookies.split("; ").filter(Boolean).concat(set).map((c) => [c.slice(0, c.indexOf("=")), c]));
  cookies = [...jar.values()].join("; ");
  return { took, status: answer.status, text, to: answer.headers.get("location") };
}

const token = (page) => /name="csrf" value="([^"]*)"/.exec(page.text)[1];
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

try {
  const staff = site.accounts.find((a) => a.role === "membership_staff");
  await ask("/demo/sign-in", { csrf: token(await ask("/demo")), email: staff.email });
  const file = ["name,year,quarter,status"];
  for (let n = 0; n < 481; n += 1) file.push(`Fellow Number${n},${2005 + (n % 20)},${2005 + (n % 20)} Q${(n % 4) + 1},${n < 446 ? "active" : n < 475 ? "emeritus" : "deceased"}`);
  const form = new FormData();
  form.set("csrf", token(await ask("/staff/awards/community-service/import")));
  form.set("list", new Blob([file.join("\n")], { type: "text/csv" }), "fellows.csv");
  const looked = await ask("/staff/awards/community-service/import", form);
  if (looked.status !== 303) throw new Error(`the file was answered with ${looked.status}`);
  const page = await ask(looked.to);
  const applied = await ask(`${looked.to}/apply`, { csrf: token(page) });
  if (applied.status !== 303) throw new Error(`the import was answered with ${applied.status}`);
  console.log(`import of 481 people: looked at in ${looked.took.toFixed(0)} ms, applied in ${applied.took.toFixed(0)} ms`);
  cookies = "";
  for (const path of ["recipients", "recipients?q=number4&state=active", "recipients.json", "recipients.atom"]) {
    const times = [];
    let bytes = 0;
    for (let i = 0; i < ROUNDS; i += 1) {
      const answer = await ask(`/awards/community-service/${path}`);
      if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}`);
      times.push(answer.took); bytes = answer.text.length;
    }
    times.sort((a, b) => a - b);
    console.log(`${path} (${(bytes / 1024).toFixed(0)} KiB): median ${at(times, 0.5).toFixed(1)} ms, 95 % within ${at(times, 0.95).toFixed(1)} ms`);
  }
  console.log(`machine: ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`);
} finally {
  await site.stop();
  rmSync(out, { recursive: true, force: true });
}
