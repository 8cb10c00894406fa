// A stand-in for Stripe on this machine, written from its public documentation: checkout sessions, refunds, charges, signed
// notices, and a checkout page with a button. Used by browser and server tests; ops/stripe-client.py checks it with Stripe's
// own client.
//   node ops/stripe-stand-in.mjs    serves, prints {"url", "key", "secret"} as one line of JSON, ends with its input
// As in the documentation: Bearer or Basic authentication, form-encoded bodies with brackets, Idempotency-Key, expand[],
// cursors in lists, errors of type and code, `Stripe-Signature: t=…,v1=…` over "time.body".
import { createHmac, randomBytes } from "node:crypto";
import { createServer, request as ask } from "node:http";
import { fileURLToPath } from "node:url";

const letters = (n) => randomBytes(n).toString("base64url").replaceAll(/[-_]/g, "x");

export function sign(secret, body, time = Math.floor(Date.now() / 1000)) {
  return `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
}

class Refused extends Error {
  constructor(status, type, code, message, param) { super(message); Object.assign(this, { status, body: { error: { type, code, message, param } } }); }
}
const missing = (param) => new Refused(400, "invalid_request_error", "parameter_missing", `Missing required param: ${param}.`, param);

// a[b][0]=c into { a: { b: [c] } }, as far as tests need it.
function nested(text) {
  const out = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.replaceAll("]", "").split("[");
    let at = out;
    for (const part of path.slice(0, -1)) at = at[part] ??= {};
    const last = path.at(-1);
    if (last === "") (at.all ??= []).push(value); else at[last] = value;
  }
  return out;
}

export class StandIn {
  constructor({ key = `sk_test_${letters(18)}`, secret = `whsec_${letters(24)}` } = {}) {
    Object.assign(this, { key, secret, webhook: undefined, sessions: new Map(), intents: new Map(), charges: [], refunds: [], keys: new Map(), calls: [], deliveries: [] });
    // What the checkout page does when the payer pays; tests replace it: (standIn, session) => promise, before the payer returns.
    this.onPaid = async () => {};
  }

  async start(port = 0) {
    this.server = createServer((req, res) => this.#serve(req, res).catch((error) => { res.writeHead(500).end(String(error)); }));
    await new Promise((done) => this.server.listen(port, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  stop() { this.server.closeAllConnections(); return new Promise((done) => this.server.close(done)); }

  // A notice as Stripe sends it: the bytes and their signature.
  event(type, object, { id = `evt_${letters(18)}`, time, secret = this.secret } = {}) {
    const body = JSON.stringify({ id, object: "event", api_version: "2024-06-20", created: Math.floor(Date.now() / 1000), type, livemode: false, pending_webhooks: 1, request: { id: null, idempotency_key: null }, data: { object } }, null, 2);
    return { id, body, header: sign(secret, body, time) };
  }

  // Sends a notice to the webhook; the status it was answered with, 0 when the connection broke.
  deliver({ body, header }) {
    return new Promise((done) => {
      const to = new URL(this.webhook);
      const headers = { host: to.host, "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(body), "stripe-signature": header, "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)" };
      const call = ask({ host: "127.0.0.1", port: to.port, path: to.pathname, method: "POST", headers, agent: false, timeout: 20_000 }, (answer) => { answer.resume(); answer.on("end", () => finish(answer.statusCode)); answer.on("error", () => finish(0)); });
      const finish = (status) => { this.deliveries.push(status); done(status); };
      call.on("timeout", () => call.destroy());
      call.on("error", () => finish(0));
      call.end(body);
    });
  }

  // The payer pays: a charge, an intent, a complete session.
  pay(id) {
    const session = this.sessions.get(id);
    if (session.payment_status === "paid") return session;
    const created = Math.floor(Date.now() / 1000);
    const intent = { id: `pi_${letters(18)}`, object: "payment_intent", amount: session.amount_total, currency: session.currency, status: "succeeded", metadata: session.intent_metadata, created, livemode: false };
    const charge = { id: `ch_${letters(18)}`, object: "charge", amount: intent.amount, amount_captured: intent.amount, amount_refunded: 0, currency: intent.currency, payment_intent: intent.id, paid: true, captured: true, refunded: false, disputed: false, status: "succeeded", metadata: intent.metadata, created, livemode: false };
    intent.latest_charge = charge.id;
    this.intents.set(intent.id, intent);
    this.charges.push(charge);
    Object.assign(session, { payment_intent: intent.id, payment_status: "paid", status: "complete", url: null });
    return session;
  }

  shown(session, expand = []) {
    const { intent_metadata: _, ...copy } = session;
    if (expand.some((e) => e.startsWith("payment_intent")) && copy.payment_intent) {
      copy.payment_intent = { ...this.intents.get(copy.payment_intent) };
      if (expand.includes("payment_intent.latest_charge")) copy.payment_intent.latest_charge = this.charges.find((c) => c.id === copy.payment_intent.latest_charge);
    }
    return copy;
  }

  async #serve(req, res) {
    const pieces = [];
    for await (const piece of req) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    const url = new URL(req.url, this.url);
    if (url.pathname.startsWith("/pay/")) return this.#page(req, res, url.pathname.slice(5));
    if (url.pathname === "/_event") { // for ops/stripe-client.py: a notice about one of its sessions
      const given = JSON.parse(body);
      return res.writeHead(200).end(JSON.stringify(this.event(given.type, this.shown(this.sessions.get(given.session)), given)));
    }
    const answer = (status, value) => { res.writeHead(status, { "content-type": "application/json", "request-id": `req_${letters(12)}` }).end(JSON.stringify(value, null, 2)); };
    try {
      this.calls.push(`${req.method} ${url.pathname}`);
      const [scheme, token = ""] = (req.headers.authorization ?? "").split(" ");
      const given = scheme === "Basic" ? Buffer.from(token, "base64").toString().split(":")[0] : token;
      if (given !== this.key) throw new Refused(401, "invalid_request_error", undefined, "Invalid API Key provided.");
      const once = req.headers["idempotency-key"];
      const known = req.method === "POST" && once ? this.keys.get(once) : undefined;
      if (known && known.body !== body) throw new Refused(400, "idempotency_error", undefined, "Keys for idempotent requests can only be used with the same parameters they were first used with.");
      if (known) return answer(200, known.value);
      const value = this.#api(req.method, url, nested(req.method === "POST" ? body : url.search.slice(1)));
      if (req.method === "POST" && once) this.keys.set(once, { body, value: structuredClone(value) });
      answer(200, value);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      answer(error.status, error.body);
    }
  }

  #api(method, url, fields) {
    const path = url.pathname;
    if (method === "POST" && path === "/v1/checkout/sessions") return this.shown(this.#create(fields));
    const session = /^\/v1\/checkout\/sessions\/(\w+)(\/expire)?$/.exec(path);
    if (session) {
      const found = this.sessions.get(session[1]);
      if (!found) throw new Refused(404, "invalid_request_error", "resource_missing", `No such checkout.session: '${session[1]}'`, "session");
      if (method === "POST" && session[2]) { if (found.status !== "open") throw new Refused(400, "invalid_request_error", undefined, "Only open sessions can be expired."); found.status = "expired"; found.url = null; }
      return this.shown(found, fields.expand?.all ?? Object.values(fields.expand ?? {}));
    }
    if (method === "POST" && path === "/v1/refunds") return this.#refund(fields);
    if (method === "GET" && path === "/v1/charges") {
      const { gte = 0, lt = Infinity } = fields.created ?? {};
      const all = this.charges.filter((c) => c.created >= Number(gte) && c.created < Number(lt)).reverse();
      const from = fields.starting_after ? all.findIndex((c) => c.id === fields.starting_after) + 1 : 0;
      const data = all.slice(from, from + Math.min(Number(fields.limit ?? 10), 100));
      return { object: "list", url: "/v1/charges", has_more: from + data.length < all.length, data };
    }
    throw new Refused(404, "invalid_request_error", undefined, `Unrecognized request URL (${method}: ${path}).`);
  }

  #create(fields) {
    if (fields.mode !== "payment") throw missing("mode");
    if (!fields.success_url) throw missing("success_url");
    const items = Object.values(fields.line_items ?? {});
    if (items.length === 0) throw missing("line_items");
    let amount = 0;
    for (const { price_data: price, quantity } of items) {
      if (!price?.currency || !/^\d+$/.test(price.unit_amount ?? "") || !price.product_data?.name) throw missing("line_items[0][price_data]");
      amount += Number(price.unit_amount) * Number(quantity ?? 1);
    }
    const id = `cs_test_${letters(24)}`, created = Math.floor(Date.now() / 1000);
    const session = { id, object: "checkout.session", amount_subtotal: amount, amount_total: amount, cancel_url: fields.cancel_url ?? null, client_reference_id: fields.client_reference_id ?? null, created, currency: items[0].price_data.currency, customer_email: fields.customer_email ?? null, expires_at: created + 86_400, livemode: false, metadata: fields.metadata ?? {}, mode: "payment", payment_intent: null, payment_status: "unpaid", status: "open", success_url: fields.success_url, url: `${this.url}/pay/${id}`, intent_metadata: fields.payment_intent_data?.metadata ?? {}, title: items[0].price_data.product_data.name };
    this.sessions.set(id, session);
    return session;
  }

  #refund(fields) {
    const charge = this.charges.find((c) => c.payment_intent === fields.payment_intent || c.id === fields.charge);
    if (!charge) throw new Refused(404, "invalid_request_error", "resource_missing", "No such payment_intent.", "payment_intent");
    const amount = Number(fields.amount ?? charge.amount - charge.amount_refunded);
    if (charge.amount_refunded + amount > charge.amount) throw new Refused(400, "invalid_request_error", "charge_already_refunded", "The refund is greater than what is left of the charge.");
    charge.amount_refunded += amount;
    charge.refunded = charge.amount_refunded === charge.amount;
    const refund = { id: `re_${letters(18)}`, object: "refund", amount, charge: charge.id, currency: charge.currency, payment_intent: charge.payment_intent, status: "succeeded", metadata: fields.metadata ?? {}, created: Math.floor(Date.now() / 1000) };
    this.refunds.push(refund);
    return refund;
  }

  // The checkout page: what is paid, how much, a button.
  async #page(req, res, id) {
    const session = this.sessions.get(id);
    if (!session || session.status === "expired") return res.writeHead(404).end("This checkout is over.");
    if (req.method === "POST") {
      const back = session.success_url.replaceAll("{CHECKOUT_SESSION_ID}", id);
      await this.onPaid(this, this.shown(this.pay(id)));
      return res.writeHead(303, { location: back }).end();
    }
    const amount = `${(session.amount_total / 100).toFixed(2)} ${session.currency.toUpperCase()}`;
    res.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(`<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Checkout</title><h1>Checkout</h1><p>${amount}</p><form method="post"><button>Pay ${amount}</button></form><p><a href="${session.cancel_url}">Back</a></p></html>`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const standIn = await new StandIn().start();
  console.log(JSON.stringify({ url: standIn.url, key: standIn.key, secret: standIn.secret }));
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
}
