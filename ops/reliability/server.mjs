// A `folkmoot serve` process of its own, and visitors who talk to it over HTTP.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { request } from "node:http";
import { join } from "node:path";

const BIN = process.env.FOLKMOOT_BIN;
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export function freePort() {
  return new Promise((done) => { const s = createServer().listen(0, "127.0.0.1", () => { const { port } = s.address(); s.close(() => done(port)); }); });
}

// One process. `settings` are FOLKMOOT_ variables without that prefix; passwords are cheap, so that they do not hide what is measured.
export class Server {
  constructor(folder, port, settings = {}) {
    mkdirSync(folder, { recursive: true });
    Object.assign(this, { folder, port });
    const defaults = { LISTEN: `127.0.0.1:${port}`, PUBLIC_URL: `http://localhost:${port}`, DATA_FOLDER: folder,
      PASSWORDS__MEMORY_KIB: "64", PASSWORDS__PASSES: "1", PASSWORDS__ALLOW_CHEAP: "true", HTTP__TRUSTED_PROXIES: '["127.0.0.1"]' };
    this.settings = { ...defaults, ...settings };
    this.host = this.settings.PUBLIC_URL.replace("http://", "");
  }

  async start() {
    const env = { PATH: process.env.PATH };
    for (const [name, value] of Object.entries(this.settings)) env[`FOLKMOOT_${name}`] = value;
    this.child = spawn(BIN, ["serve"], { env, stdio: ["ignore", "ignore", "pipe"] });
    this.child.stderr.pipe(createWriteStream(join(this.folder, "log"), { flags: "a" }));
    this.ended = new Promise((done) => this.child.once("exit", done));
    for (let tries = 0; tries < 600; tries++) {
      if (this.child.exitCode !== null) throw new Error(`the server ended with status ${this.child.exitCode}; see ${join(this.folder, "log")}`);
      const answer = await this.send("GET", "/readyz").catch(() => null);
      if (answer?.status === 200) return this;
      await pause(50);
    }
    throw new Error(`the server was not ready in 30 s; see ${join(this.folder, "log")}`);
  }

  async stop(signal = "SIGTERM") { this.child.kill(signal); await this.ended; }

  send(method, path, { headers = {}, body } = {}) {
    return new Promise((done, fail) => {
      const all = { host: this.host, ...headers };
      const ask = request({ host: "127.0.0.1", port: this.port, method, path, headers: all, agent: false, timeout: 60_000 }, (answer) => {
        const pieces = [];
        answer.on("data", (piece) => pieces.push(piece));
        answer.on("error", fail);
        answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces).toString() }));
      });
      ask.on("timeout", () => ask.destroy(new Error("no answer in 60 s")));
      ask.on("error", fail);
      ask.end(body);
    });
  }

  // Texts of the mails this process wrote to files, by recipient.
  mails() {
    const out = new Map();
    let files = [];
    try { files = readdirSync(join(this.folder, "mail")).sort(); } catch { return out; }
    for (const file of files) {
      const text = readFileSync(join(this.folder, "mail", file), "utf8").replaceAll(/=\r?\n/g, "").replaceAll("=3D", "=");
      const to = /^To: (.*?)\r?$/m.exec(text)?.[1];
      out.set(to, [...(out.get(to) ?? []), text]);
    }
    return out;
  }
}

// A browser: cookies and the form's proof. Each comes from a network of its own, so that limits of rate do not interfere.
export class Visitor {
  static count = 0;
  constructor(server) {
    this.server = server;
    this.jar = new Map();
    this.csrf = "";
    const n = Visitor.count++;
    this.network = `10.${(n >> 8) & 255}.${n & 255}.7`;
  }

  async send(method, path, options = {}, server = this.server) {
    const headers = { "x-forwarded-for": this.network, ...options.headers };
    if (this.jar.size > 0) headers.cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await server.send(method, path, { ...options, headers });
    for (const line of answer.headers["set-cookie"] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (/max-age=0/i.test(line)) this.jar.delete(name); else this.jar.set(name, value);
    }
    this.csrf = /name="csrf" value="([^"]+)"/.exec(answer.body)?.[1] ?? this.csrf;
    return answer;
  }

  get(path, server) { return this.send("GET", path, {}, server); }

  post(path, fields, server) {
    const body = new URLSearchParams({ csrf: this.csrf, ...fields }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(body), "sec-fetch-site": "same-origin" };
    return this.send("POST", path, { headers, body }, server);
  }

  async askForAccount(name, email, password) {
    await this.get("/sign-up");
    return this.post("/sign-up", { name, email, password, accept: "yes" });
  }

  async confirm(link) {
    await this.get(link);
    return this.post(link, {});
  }

  async signIn(email, password) {
    await this.get("/sign-in");
    return this.post("/sign-in", { email, password, next: "" });
  }
}

export const linkIn = (mail) => /http:\/\/localhost:\d+(\/sign-up\/[A-Za-z0-9_-]+)/.exec(mail)?.[1];

// Counts checks and prints the line that ops/test adds up.
export class Checks {
  passed = 0; failed = 0;
  that(condition, message) {
    if (condition) this.passed += 1; else { this.failed += 1; console.error(`FAIL ${message}`); }
    return Boolean(condition);
  }
  close() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exitCode = this.failed === 0 && this.passed > 0 ? 0 : 1;
  }
}
