// Casting at the same moment, with two processes on one PostgreSQL. First sixteen different ballots of one voter at once, again
// and again: every acknowledged one is in the box, exactly the last one counts. Then a deadline rush: five hundred voters in
// the last five seconds; each ballot is in the box with a receipt or refused with the server's time.
// Arguments: rounds of sixteen [200], voters of the rush [500], seed [1].
import { mkdtempSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { cast, databaseName, judge, prepare, quantile, serverOf, trackerOf } from "./casts.mjs";
import { Checks, pause } from "./server.mjs";

const ROUNDS = Number(process.argv[2] ?? 200), RUSH = Number(process.argv[3] ?? 500), AT_ONCE = 16, LAST = 5000;
let state = Number(process.argv[4] ?? 1) >>> 0;
const random = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 2 ** 32; };
const database = new URL(process.env.TEST_DATABASE_URL ?? "none:");
const psql = (name, text) => {
  const run = spawnSync("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", decodeURIComponent(database.hostname), "-U", database.username, "-d", name, "-c", text], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`psql: ${run.stderr ?? run.error}`);
  return run.stdout.trim();
};
const sql = (text) => psql(database.pathname.slice(1), text);
const checks = new Checks();

async function two(voters, each, closesIn) {
  const folder = mkdtempSync(join(tmpdir(), "folkmoot-races-"));
  const casts = prepare(folder, { voters, each, closesIn });
  const [a, b] = [await serverOf(folder, casts, "a"), await serverOf(folder, casts, "b")];
  await Promise.all([a.start(), b.start()]);
  return { folder, casts, servers: [a, b], acknowledged: [], refused: new Map() };
}

async function end({ folder, servers }) {
  for (const server of servers) await server.stop();
  if (checks.failed === 0) rmSync(folder, { recursive: true }); else console.error(`data kept in ${folder}`);
}

// Sends until there is an answer that is not "too many at this moment"; what a booth does for its voter.
async function settle(run, server, voter, ballot) {
  for (let tries = 0; tries < 200; tries++) {
    const { status, answer } = await cast(server, run.casts, voter, ballot);
    if (status === 200 && answer.receipt) { run.acknowledged.push({ voter, ballot, receipt: answer.receipt }); return { status, tries }; }
    if (status !== 503 && status !== 0) return { status, answer, tries };
    await pause(50 + random() * 100);
  }
  return { status: 0, tries: 200 };
}

async function races() {
  const run = await two(ROUNDS, AT_ONCE);
  const slowest = [];
  let tries = 0;
  for (const voter of run.casts.voters) {
    const begun = performance.now();
    const outcomes = await Promise.all(voter.ballots.map((ballot, i) => settle(run, run.servers[i % 2], voter, ballot)));
    slowest.push(performance.now() - begun);
    for (const { status, answer, tries: more } of outcomes) {
      tries += more;
      checks.that(status === 200, `one of sixteen was not acknowledged: ${status} ${JSON.stringify(answer)}`);
    }
  }
  const { board, lost, verified } = await judge(checks, run.servers[0], run.folder, run.casts, run.acknowledged);
  checks.that(board.length === ROUNDS * AT_ONCE, `${board.length} of ${ROUNDS * AT_ONCE} ballots are in the box`);
  const last = new Map(board.map((entry) => [entry.credential, entry.tracker]));
  checks.that(last.size === ROUNDS, `${last.size} credentials voted`);
  checks.that(Number(sql("SELECT count(*) FROM participations")) === ROUNDS, "everybody took part once");
  for (const entry of board) {
    if (entry.height % 7 !== 1) continue; // pages of some of them; the order on the board is checked for all
    const page = (await run.servers[1].send("GET", `${run.casts.election}/check?tracker=${encodeURIComponent(entry.tracker)}`)).body;
    const counts = last.get(entry.credential) === entry.tracker;
    checks.that(page.includes(counts ? "unless you replace it" : "replaced by a later one"), `the page about ${entry.tracker} does not say that it ${counts ? "counts" : "was replaced"}`);
  }
  console.log(`figure: sixteen casts of one voter at once, two processes (${databaseName}) = ${ROUNDS} times; acknowledged ${run.acknowledged.length}, lost ${lost}, counted twice 0, receipts verified ${verified}, tried again ${tries} times, ${quantile(slowest, 0.5).toFixed(0)} ms median for all sixteen`);
  await end(run);
}

async function rush() {
  const run = await two(RUSH, 1, 20);
  const closes = Date.parse(run.casts.closes_at);
  checks.that(Date.now() < closes - LAST, "the servers were ready before the rush");
  await pause(closes - LAST - Date.now());
  const outcomes = await Promise.all(run.casts.voters.map(async (voter, i) => {
    await pause(random() * (LAST + 300));
    return { ...(await settle(run, run.servers[i % 2], voter, voter.ballots[0])), ballot: voter.ballots[0] };
  }));
  let late = 0;
  for (const { status, answer, ballot } of outcomes) {
    if (status === 200) continue;
    late += 1;
    const error = answer?.error ?? {};
    checks.that(status === 409 && error.code === "closed" && Date.parse(error.server_time) >= closes, `neither receipt nor the server's time: ${status} ${JSON.stringify(answer)}`);
    checks.that(!run.acknowledged.some((a) => a.ballot === ballot), "acknowledged and refused");
  }
  for (let i = 0; i < 300 && sql("SELECT state FROM elections") === "open"; i++) await pause(200);
  checks.that(sql("SELECT state FROM elections") !== "open", "the box was closed");
  const { board, lost, verified } = await judge(checks, run.servers[1], run.folder, run.casts, run.acknowledged);
  checks.that(board.length === run.acknowledged.length, `${board.length} ballots in the box, ${run.acknowledged.length} acknowledged`);
  const places = new Set(board.map((entry) => entry.tracker));
  checks.that(outcomes.every(({ status, ballot }) => (status === 200) === places.has(trackerOf(ballot))), "a refused ballot is in the box");
  checks.that(run.acknowledged.length >= 10 && late > 0, `${run.acknowledged.length} in time and ${late} late: this run shows nothing`);
  console.log(`figure: deadline rush, two processes (${databaseName}) = ${RUSH} voters in the last 5 s; acknowledged ${run.acknowledged.length}, refused with the server's time ${late}, lost ${lost}, receipts verified ${verified}, tried again ${outcomes.reduce((sum, o) => sum + o.tries, 0)} times`);
  await end(run);
}

await races();
// A database of its own for the rush.
const fresh = `${database.pathname.slice(1)}_rush`;
psql(database.pathname.slice(1), `CREATE DATABASE ${fresh}`);
database.pathname = `/${fresh}`;
process.env.TEST_DATABASE_URL = database.href;
await rush();
checks.close();
