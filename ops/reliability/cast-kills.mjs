// SIGKILL while ballots are cast. First at each system call of one cast: a tracer counts the calls of all threads from the
// moment the ballot is sent and kills at the n-th, n = 1, 1 + STEP, … until the answer is out before it. Then under the load of
// eight voters, by turns at random moments and at the very moment at which a receipt arrives. No ballot with a receipt may be missing afterwards, every receipt has to be one of the
// board, and what had no answer is cast again without a second entry.
// Arguments: random kills [20], step between system calls [1], seed [1].
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { cast, databaseName, judge, prepare, quantile, serverOf, trackerOf } from "./casts.mjs";
import { Checks, pause } from "./server.mjs";

const KILLS = Number(process.argv[2] ?? 20), STEP = Number(process.argv[3] ?? 1), AT_ONCE = 8, MOST_CALLS = 1200;
let state = Number(process.argv[4] ?? 1) >>> 0;
const random = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 2 ** 32; };
const TRACER = fileURLToPath(new URL("kill-at-call.py", import.meta.url));

const checks = new Checks();
const folder = mkdtempSync(join(tmpdir(), "folkmoot-cast-kills-"));
const voters = Math.ceil(MOST_CALLS / STEP) + KILLS * 30;
const casts = prepare(folder, { voters });
const server = await serverOf(folder, casts);
const acknowledged = [], again = [], recovery = [];
let next = 0;
const take = () => { const voter = casts.voters[next++]; return voter && { voter, ballot: voter.ballots[0] }; };

async function send(vote) {
  const { status, answer } = await cast(server, casts, vote.voter, vote.ballot);
  if (status === 200 && answer.receipt) { acknowledged.push({ ...vote, receipt: answer.receipt }); return "acknowledged"; }
  if (status !== 0 && status !== 503) { checks.that(false, `${trackerOf(vote.ballot)} was refused: ${status} ${JSON.stringify(answer)}`); return "refused"; }
  return "unknown";
}

async function restart() {
  const begun = performance.now();
  await server.start();
  recovery.push(performance.now() - begun);
}

// At each system call.
let calls = 0, early = 0, after = 0, length = 0;
const kinds = new Map();
await restart();
for (let n = 1; n <= MOST_CALLS && after < 3; n += STEP) {
  const vote = take();
  if (!vote) break;
  const tracer = spawn("python3", ["-B", TRACER, String(server.child.pid), String(n)], { stdio: ["ignore", "pipe", "inherit"] });
  let words = "";
  tracer.stdout.on("data", (piece) => { words += piece; });
  const told = once(tracer, "close");
  while (!words.includes("ready") && tracer.exitCode === null) await pause(2);
  if (!checks.that(tracer.exitCode === null, "the server could be traced")) break;
  tracer.kill("SIGUSR1");
  const outcome = await send(vote);
  const dead = server.child.exitCode !== null || server.child.signalCode !== null || outcome === "unknown";
  if (!dead) {
    after += 1;
    length ||= n;
    tracer.kill("SIGTERM");
    await told;
    // It may have killed just after the answer; that the server has ended is known here a little later then.
    if (!words.includes("killed at")) continue;
    await server.ended;
  } else {
    await server.ended;
    await told;
    calls += 1;
    after = 0;
    const [, kind] = /killed at (\S+)/.exec(words) ?? [];
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (outcome === "acknowledged") early += 1; else again.push(vote);
  }
  await restart();
}
checks.that(after >= 3, "a cast has more system calls than were tried");
checks.that(calls >= 20 / STEP, `only ${calls} kills: this run shows nothing`);

// Under load: a receipt that came too early is lost if the kill follows at once.
let kills = 0;
while (kills < KILLS && next < voters) {
  let running = true, answered = 0;
  const enough = 4 + Math.floor(random() * 12), atReceipt = kills % 2 === 1;
  const work = Array.from({ length: AT_ONCE }, async () => {
    for (let vote; running && (vote = take()); ) {
      const outcome = await send(vote);
      if (outcome === "unknown") { again.push(vote); continue; }
      answered += 1;
      if (atReceipt && answered === enough) server.child.kill("SIGKILL");
    }
  });
  while (answered < enough && next < voters) await pause(1);
  if (!atReceipt) await pause(random() * 40);
  running = false;
  await server.stop("SIGKILL");
  await Promise.all(work);
  kills += 1;
  await restart();
}
checks.that(kills === KILLS, `only ${kills} of ${KILLS} kills under load`);

// Whoever had no answer casts the same ballot again.
const before = acknowledged.length;
for (const vote of again) checks.that((await send(vote)) === "acknowledged", `${trackerOf(vote.ballot)} cannot be cast again`);
const { board, lost, verified } = await judge(checks, server, folder, casts, acknowledged);
checks.that(board.length === acknowledged.length, `${board.length} ballots in the box, ${acknowledged.length} were acknowledged in the end`);
const credentials = new Set(board.map((entry) => entry.credential));
checks.that(credentials.size === board.length, "somebody's ballot counts twice");
await server.stop();

const common = [...kinds].filter(([kind]) => kind).sort((a, b) => b[1] - a[1]).slice(0, 8).map(([kind, count]) => `${count} ${kind}`).join(", ");
console.log(`figure: SIGKILL at system calls of one cast (${databaseName}) = ${calls} of about ${length}, every ${STEP === 1 ? "one" : `${STEP}th`} (${common}; ${early} after the answer was out)`);
console.log(`figure: faults while casting (${databaseName}) = ${calls} at system calls + ${kills} under load; acknowledged ${acknowledged.length} (${acknowledged.length - before} of them on the second try), lost ${lost}, counted twice ${board.length - credentials.size}, receipts verified ${verified} of ${acknowledged.length}, unexplained errors ${checks.failed}`);
console.log(`figure: ready again after SIGKILL (${databaseName}) = ${quantile(recovery, 0.5).toFixed(0)} ms median, ${quantile(recovery, 0.99).toFixed(0)} ms of 99 %`);
if (checks.failed === 0) rmSync(folder, { recursive: true }); else console.error(`data kept in ${folder}`);
checks.close();
