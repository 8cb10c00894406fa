// Notices of a payment provider and a server that dies: SIGKILL exactly between the commit of a notice and its answer, by
// strace at the system call that would send the answer. The provider sends the notice again; it is one payment, one receipt,
// one mail, one membership. Then twenty deliveries of one notice at once. Arguments: how many deaths [5].
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { StandIn } from "../stripe-stand-in.mjs";
import { Checks, Server, Visitor, freePort, linkIn, pause } from "./server.mjs";

const DEATHS = Number(process.argv[2] ?? 5);
const checks = new Checks();
const folder = mkdtempSync(join(tmpdir(), "folkmoot-payments-"));
const standIn = await new StandIn().start();
const database = process.env.TEST_DATABASE_URL;
// Where tracing is not allowed, the server dies as soon as the entry can be seen, which may be after the answer.
const exact = !database && spawnSync("strace", ["-qq", "-o", "/dev/null", "true"]).status === 0;
const server = new Server(folder, await freePort(), {
  PAYMENTS__STRIPE_BASE_URL: standIn.url, PAYMENTS__STRIPE_CHECKOUT_URL: standIn.url, PAYMENTS__STRIPE_SECRET_KEY: standIn.key,
  PAYMENTS__STRIPE_WEBHOOK_SECRETS: `["${standIn.secret}"]`, ...(database ? { DATABASE_URL: database } : {}),
});
standIn.webhook = `${server.settings.PUBLIC_URL}/hooks/stripe`;
const sql = (text) => {
  const file = join(folder, "folkmoot.db");
  const url = database && new URL(database);
  const run = database
    ? spawnSync("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", decodeURIComponent(url.hostname), "-U", url.username, "-d", url.pathname.slice(1), "-c", text], { encoding: "utf8" })
    : spawnSync("sqlite3", [file, ".timeout 5000", text], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr || String(run.error));
  return run.stdout.trim();
};
const count = (table, where = "1 = 1") => Number(sql(`SELECT count(*) FROM ${table} WHERE ${where}`));

await server.start();
if (count("membership_classes", "dues IS NOT NULL") === 0) {
  const dues = JSON.stringify({ minimum: { minor: 2500, currency: "USD" }, suggested: { minor: 9900, currency: "USD" }, lifetime: null, period_months: 12, grace_days: 30, grace_keeps_vote: false, zone: "UTC" });
  sql(`INSERT INTO membership_classes (class_key, name, description, position, votes, public_badge, dues, evidence, evidence_text, term, is_open, created_at) VALUES ('Supporting', 'Supporting member', '', 1, TRUE, TRUE, '${dues}', 'none', '', 'paid', TRUE, '2026-01-01 00:00:00')`);
}

// Somebody with an account who has begun a payment of 40 and paid it at the provider, whose notice is not sent yet.
let number = 0;
async function payer() {
  const email = `payer${number++}@people.example`, password = "seven quiet herons", v = new Visitor(server);
  await v.askForAccount("Payer", email, password);
  let mail;
  for (let tries = 0; tries < 600 && !(mail = server.mails().get(email)?.[0]); tries++) await pause(50);
  const confirmed = await v.confirm(linkIn(mail ?? ""));
  if (confirmed.status !== 303) throw new Error(`${email} could not confirm: ${confirmed.status}`);
  await v.get("/membership/dues");
  const chosen = await v.post("/membership/dues", { class: "Supporting", amount: "other", other: "40", term: "term", provider: "stripe" });
  const page = chosen.headers.location;
  await v.get(page);
  const onward = await v.post(`${page}/pay`, {});
  if (!onward.headers.location?.startsWith(standIn.url)) throw new Error(`not sent to the checkout: ${onward.status} ${onward.headers.location}`);
  const session = standIn.pay(onward.headers.location.split("/").pop());
  return { v, page, id: page.split("/").pop(), notice: standIn.event("checkout.session.completed", standIn.shown(session)) };
}

const settled = (p) => count("payment_entries", `entry_key = 'settle ${p.id}'`);
let between = 0;
for (let death = 0; death < DEATHS; death++) {
  const p = await payer();
  // The answer to this notice is the next thing the server would send; at that call it dies.
  const trace = spawn(exact ? "strace" : "sleep", exact ?  ["-f", "-qq", "-o", "/dev/null", "-e", "trace=sendto,writev,sendmsg", "-e", "inject=sendto,writev,sendmsg:signal=KILL", "-e", "signal=none", "-p", String(server.child.pid)] : ["60"], { stdio: ["ignore", "ignore", "pipe"] });
  let words = "";
  trace.stderr.on("data", (piece) => { words += piece; });
  await pause(1000);
  if (!exact) trace.kill(); // with PostgreSQL the server talks by the same calls, and dies by hand
  const delivered = standIn.deliver(p.notice);
  if (!exact) { for (let i = 0; i < 2000 && settled(p) === 0; i++) await pause(1); server.child.kill("SIGKILL"); }
  const status = await Promise.race([delivered, pause(20_000).then(() => -1)]);
  await Promise.race([server.ended, pause(10_000)]);
  trace.kill("SIGKILL");
  checks.that(server.child.exitCode !== null || server.child.signalCode !== null, `the server died: ${status} ${words}`);
  await server.start();
  if (status === 0 && settled(p) === 1) between += 1;
  const again = await standIn.deliver(p.notice);
  checks.that(again === 200, `sent again, the notice is answered: ${again}`);
  checks.that(settled(p) === 1, `one entry after the retry: ${settled(p)}`);
  checks.that(count("receipts", `payment_id = (SELECT id FROM payments WHERE public_id = '${p.id}')`) === 1, "one receipt");
  checks.that(count("paid_terms", `reference = (SELECT reference FROM payments WHERE public_id = '${p.id}')`) === 1, "one term");
  checks.that(count("mails", `message = 'payment_received' AND body_text LIKE '%${p.id}%'`) === 1, "one mail");
  checks.that((await p.v.get(p.page)).body.includes("Paid"), "the payer sees that it is paid");
}
checks.that(!exact || between === DEATHS, `only ${between} of ${DEATHS} deaths were between commit and answer`);

const many = await payer();
const answers = await Promise.all(Array.from({ length: 20 }, () => standIn.deliver(many.notice)));
checks.that(answers.every((status) => status === 200), `all deliveries are answered: ${answers.join(" ")}`);
checks.that(settled(many) === 1 && count("receipts") === DEATHS + 1, "twenty deliveries at once are one payment");
await server.stop();
await standIn.stop();
console.log(`figure: deaths between the commit of a notice and its answer (${database ? "PostgreSQL" : "SQLite"}) = ${between} of ${DEATHS}; payments entered twice = 0, lost = 0`);
if (checks.failed === 0) rmSync(folder, { recursive: true }); else console.error(`data kept in ${folder}`);
checks.close();
