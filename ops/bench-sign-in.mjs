// Times of wrong passwords for known and unknown addresses, against a demo; see ops/bench.d/sign-in.
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "../e2e/lib/server.mjs";

const PAIRS = Number(process.argv[2] ?? 300);
const out = mkdtempSync(join(tmpdir(), "folkmoot-bench-"));
const site = await start(out);
let cookies = "";

async function ask(path, fields) {
  const options = { redirect: "manual", headers: { cookie: cookies, "sec-fetch-site": "same-origin" } };
  if (fields) Object.assign(options, { method: "POST", body: new URLSearchParams(fields) });
  const before = performance.now();
  const answer = await fetch(site.url + path, options);
  const text = await answer.text();
  const took = performance.now() - before;
  const set = answer.headers.getSetCookie().map((c) => c.split(";")[0]);
  const jar = new Map(cookies.split("; ").filter(Boolean).concat(set).map((c) => [c.slice(0, c.indexOf("=")), c]));
  cookies = [...jar.values()].join("; ");
  return { took, status: answer.status, text };
}

const token = (page) => /name="csrf" value="([^"]*)"/.exec(page.text)[1];
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

try {
  const csrf = token(await ask("/sign-in"));
  const known = [], unknown = [];
  let later = 0;
  for (let i = 0; i < PAIRS; i += 1) {
    // Guesses are limited; an hour later they are heard again.
    if (i % 15 === 0) await ask("/demo/clock", { csrf, hours: "1" });
    const address = site.accounts[i % site.accounts.length].email;
    const stranger = address.replace(/^./, String.fromCharCode(97 + (i % 26))).replace(/^(.)./, `$1${i % 10}`);
    const times = new Map();
    // Who is first changes, so that neither finds a warmer machine.
    for (const email of i % 2 ? [address, stranger] : [stranger, address]) {
      const answer = await ask("/sign-in", { csrf, email, password: "not the password", next: "/" });
      if (answer.status !== 422) throw new Error(`a guess was answered with ${answer.status}`);
      times.set(email, answer.took);
    }
    known.push(times.get(address)); unknown.push(times.get(stranger));
    if (times.get(stranger) > times.get(address)) later += 1;
  }
  for (const list of [known, unknown]) list.sort((a, b) => a - b);
  const row = (name, list) => console.log(`${name}: median ${at(list, 0.5).toFixed(1)} ms, middle half ${at(list, 0.25).toFixed(1)} to ${at(list, 0.75).toFixed(1)} ms`);
  row(`wrong password, account (${PAIRS})`, known);
  row(`wrong password, nobody (${PAIRS})`, unknown);
  const margin = 1.96 * Math.sqrt(0.25 / PAIRS);
  console.log(`nobody's answer came later in ${(100 * later / PAIRS).toFixed(1)} % of pairs; chance alone gives 50 % ± ${(100 * margin).toFixed(1)}`);
  console.log(`machine: ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`);
} finally {
  await site.stop();
  rmSync(out, { recursive: true, force: true });
}
