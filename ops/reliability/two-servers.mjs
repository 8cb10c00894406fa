// Two `folkmoot serve` on one PostgreSQL: a session made on one works on the other and ends on both; each mail is sent and
// each job run by one of them. Run by ops/reliability/run with TEST_DATABASE_URL set.
import { mkdtempSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { Checks, Server, Visitor, freePort, linkIn, pause } from "./server.mjs";

const JOBS = 60, PEOPLE = 30;
const database = process.env.TEST_DATABASE_URL;
if (!database) throw new Error("TEST_DATABASE_URL is not set; run ops/reliability/run two-servers");
const sql = (text) => {
  const url = new URL(database);
  const run = spawnSync("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", decodeURIComponent(url.hostname), "-U", url.username, "-d", url.pathname.slice(1), "-c", text], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`psql: ${run.stderr ?? run.error}`);
  return run.stdout.trim();
};
const untilZero = async (text) => { for (let i = 0; i < 600 && sql(text) !== "0"; i++) await pause(100); return sql(text) === "0"; };

const checks = new Checks();
const folder = mkdtempSync(join(tmpdir(), "folkmoot-two-"));
const [first, second] = [await freePort(), await freePort()];
const shared = { PUBLIC_URL: `http://localhost:${first}`, DATABASE_URL: database, KEY_FILE: join(folder, "key") };
// Both at once on an empty database: one of them makes the tables and the key.
const [a, b] = await Promise.all([new Server(join(folder, "a"), first, shared).start(), new Server(join(folder, "b"), second, shared).start()]);
const mailTo = (address) => [a, b].flatMap((s) => s.mails().get(address) ?? []);

// People sign up on one and confirm on the other.
const people = Array.from({ length: PEOPLE }, (_, i) => ({ email: `person${i}@people.example`, password: "seven quiet herons", visitor: new Visitor(i % 2 === 0 ? a : b), other: i % 2 === 0 ? b : a }));
await Promise.all(people.map((p, i) => p.visitor.askForAccount(`Person ${i}`, p.email, p.password)));
checks.that(await untilZero("SELECT count(*) FROM mails WHERE state <> 'sent'"), "every mail is sent");
for (const p of people) {
  const mails = mailTo(p.email);
  checks.that(mails.length === 1, `${p.email} got ${mails.length} mails`);
  const answer = await p.visitor.send("GET", linkIn(mails[0] ?? "") ?? "/", {}, p.other);
  checks.that(answer.status === 200, `the link of ${p.email} opens on the other server: ${answer.status}`);
  const done = await p.visitor.post(linkIn(mails[0]), {}, p.other);
  checks.that(done.status === 303, `${p.email} confirms on the other server: ${done.status}`);
}
const [ann] = people;
for (const [name, server] of [["first", a], ["second", b]]) checks.that((await ann.visitor.get("/account", server)).status === 200, `the session works on the ${name}`);
checks.that((await ann.visitor.get("/account", a)).body.includes(ann.email), "it is the same person");
// Cookie kept by a thief; signing out on one server ends the session on both.
const thief = new Visitor(a);
thief.jar = new Map(ann.visitor.jar);
await ann.visitor.get("/account", b);
checks.that((await ann.visitor.post("/sign-out", {}, b)).status === 303, "signing out on the second");
for (const [name, server] of [["first", a], ["second", b]]) checks.that((await thief.get("/account", server)).status === 303, `the session is over on the ${name}`);

// Jobs: many at once, so that both reach for them.
sql(`INSERT INTO jobs (kind, payload, idempotence_key, state, run_at, attempts, max_attempts, created_at)
  SELECT 'housekeeping', '{}', 'two servers ' || n, 'queued', now() AT TIME ZONE 'UTC', 0, 8, now() AT TIME ZONE 'UTC' FROM generate_series(1, ${JOBS}) n`);
checks.that(await untilZero("SELECT count(*) FROM jobs WHERE state <> 'done'"), "every job is done");
checks.that(sql(`SELECT count(*) FROM jobs WHERE idempotence_key LIKE 'two servers %' AND attempts = 1`) === String(JOBS), "each job was begun once");
checks.that(sql("SELECT count(*) FROM (SELECT date_trunc('hour', created_at) FROM jobs WHERE idempotence_key LIKE 'housekeeping %' GROUP BY 1 HAVING count(*) > 1) x") === "0", "the job of the hour was queued once");
const shares = [a, b].map((s) => [...s.mails().values()].reduce((sum, list) => sum + list.length, 0));
console.log(`figure: mails sent by the first and the second server = ${shares.join(" + ")} of ${PEOPLE}`);
console.log(`figure: jobs begun more than once by two servers = 0 of ${JOBS}`);
for (const s of [a, b]) await s.stop();
rmSync(folder, { recursive: true });
checks.close();
