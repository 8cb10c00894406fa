// SIGKILL during sign-ups, again and again on one data folder: every sign-up that was acknowledged is there afterwards.
// Acknowledged means: "Check your mail" was answered (then the mail goes out), or the confirmation was answered (then the
// password signs in). Arguments: number of kills [20], seed [1].
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { Checks, Server, Visitor, freePort, linkIn, pause } from "./server.mjs";

const KILLS = Number(process.argv[2] ?? 20), VISITORS = 6, PASSWORD = "seven quiet herons";
let state = Number(process.argv[3] ?? 1) >>> 0;
const random = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 2 ** 32; };

const checks = new Checks();
const folder = mkdtempSync(join(tmpdir(), "folkmoot-kills-"));
const server = new Server(folder, await freePort(), process.env.TEST_DATABASE_URL ? { DATABASE_URL: process.env.TEST_DATABASE_URL } : {});
const asked = new Set(), confirmed = new Set();
let number = 0, running = true;

// Signs people up for as long as the server lives.
async function visitor() {
  while (running) {
    const email = `person${number++}@people.example`;
    const v = new Visitor(server);
    try {
      if ((await v.askForAccount("Somebody", email, PASSWORD)).status !== 200) continue;
      asked.add(email);
      let mail;
      while (running && !(mail = server.mails().get(email)?.[0])) await pause(20);
      if (mail && (await v.confirm(linkIn(mail))).status === 303) confirmed.add(email);
    } catch { await pause(10); } // the server is gone
  }
}

for (let kill = 0; kill < KILLS; kill++) {
  await server.start();
  running = true;
  const visitors = Array.from({ length: VISITORS }, visitor);
  await pause(400 + random() * 1600);
  await server.stop("SIGKILL");
  running = false;
  await Promise.all(visitors);
}
await server.start();
// A mail that was being sent when its process died goes out when the lease of five minutes is over; that is one a kill.
const patient = process.env.PATIENT === "1";
let mails = server.mails();
const missing = () => [...asked].filter((email) => !mails.has(email));
for (let seconds = 0; seconds < (patient ? 360 : 10) && missing().length > 0; seconds++) { await pause(1000); mails = server.mails(); }
checks.that(missing().length <= (patient ? 0 : KILLS), `told to look for a mail, and none went out: ${missing().join(" ")}`);
for (const email of confirmed) {
  const v = new Visitor(server);
  const answer = await v.signIn(email, PASSWORD);
  checks.that(answer.status === 303 && (await v.get("/account")).body.includes(email), `${email} was confirmed and cannot sign in: ${answer.status}`);
}
checks.that(confirmed.size >= KILLS && asked.size > confirmed.size / 2, `only ${confirmed.size} of ${asked.size} were confirmed: this run shows nothing`);
await server.stop();
console.log(`figure: sign-ups acknowledged and found after ${KILLS} kills (${process.env.TEST_DATABASE_URL ? "PostgreSQL" : "SQLite"}) = ${asked.size} asked for, ${confirmed.size} confirmed, ${checks.failed} lost`);
if (checks.failed === 0) rmSync(folder, { recursive: true }); else console.error(`data kept in ${folder}`);
checks.close();
