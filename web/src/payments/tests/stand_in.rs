//! A stand-in for Stripe's API in this process: what the documentation promises about the calls that are made, and the ways in
//! which a server can misbehave. `ops/stripe-stand-in.mjs` is its bigger sister, checked by Stripe's own client.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// How the server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// As documented.
    Fine,
    /// 500 for everything.
    Broken,
    /// Sends every call elsewhere.
    Redirects,
    /// Names a checkout page that is not its own.
    Astray,
    /// Answers with something that is no JSON.
    Babbles,
}

#[derive(Debug)]
pub struct State {
    pub mood: Mood,
    /// Sessions in the order they were made.
    pub sessions: Vec<Value>,
    /// What each idempotency key was answered.
    keys: BTreeMap<String, Value>,
    /// Charges by payment intent.
    pub charges: Vec<Value>,
    /// Method and path of every call.
    pub calls: Vec<String>,
    /// Seconds since 1970.
    pub now: i64,
}

#[derive(Clone)]
pub struct StandIn {
    pub url: String,
    pub state: Arc<Mutex<State>>,
}

impl StandIn {
    pub fn start(now: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            mood: Mood::Fine,
            sessions: Vec::new(),
            keys: BTreeMap::new(),
            charges: Vec::new(),
            calls: Vec::new(),
            now,
        }));
        let (shared, base) = (state.clone(), url.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = serve(stream.unwrap(), &shared, &base);
            }
        });
        Self { url, state }
    }

    pub fn mood(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    /// The last session made.
    pub fn session(&self) -> Value {
        self.state.lock().unwrap().sessions.last().unwrap().clone()
    }

    /// The payer pays on the checkout page: the session is complete and there is a charge.
    pub fn pays(&self) -> Value {
        let mut state = self.state.lock().unwrap();
        let (now, n) = (state.now, state.sessions.len());
        let session = state.sessions.last_mut().unwrap();
        session["status"] = "complete".into();
        session["payment_status"] = "paid".into();
        session["payment_intent"] = format!("pi_{n}").into();
        let session = session.clone();
        state.charges.push(json!({ "id": format!("ch_{n}"), "object": "charge", "amount": session["amount_total"],
            "amount_refunded": 0, "currency": session["currency"], "payment_intent": format!("pi_{n}"), "paid": true,
            "status": "succeeded", "metadata": session["metadata"], "created": now }));
        session
    }

    pub fn event(&self, id: &str, kind: &str, object: &Value) -> String {
        let created = self.state.lock().unwrap().now;
        json!({ "id": id, "object": "event", "api_version": "2024-06-20", "created": created, "type": kind,
            "livemode": false, "pending_webhooks": 1, "data": { "object": object } })
        .to_string()
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>, base: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length, mut key, mut bearer) = (String::new(), 0, String::new(), false);
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next().unwrap_or("").to_owned(), words.next().unwrap_or("").to_owned());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        match header.split_once(": ") {
            Some(("content-length", n)) => length = n.parse().unwrap_or(0),
            Some(("idempotency-key", k)) => key = k.to_owned(),
            Some(("authorization", a)) => bearer = a == "bearer sk_test_stand_in",
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let fields: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let (status, extra, text) =
        answer(&mut state.lock().unwrap(), &method, &path, &key, bearer, &fields, base);
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{extra}\r\n{text}",
        text.len()
    )
}

fn answer(
    state: &mut State,
    method: &str,
    path: &str,
    key: &str,
    bearer: bool,
    fields: &BTreeMap<String, String>,
    base: &str,
) -> (u16, String, String) {
    state.calls.push(format!("{method} {path}"));
    let refuse = |status: u16, code: &str| {
        let error =
            json!({ "error": { "type": "invalid_request_error", "code": code, "message": "7319 of them" } });
        (status, String::new(), error.to_string())
    };
    match state.mood {
        Mood::Broken => return refuse(500, "api_error"),
        Mood::Redirects => {
            return (302, "location: http://169.254.169.254/latest/meta-data/\r\n".into(), "{}".into());
        }
        Mood::Babbles => return (200, String::new(), "<html>".into()),
        Mood::Fine | Mood::Astray => {}
    }
    if !bearer {
        return refuse(401, "api_key_invalid");
    }
    if let Some(known) = state.keys.get(key) {
        return (200, String::new(), known.to_string());
    }
    let place = path.split('?').next().unwrap_or("");
    let value = match (method, place) {
        ("POST", "/v1/checkout/sessions") => {
            let n = state.sessions.len() + 1;
            let get = |name: &str| fields.get(name).cloned().unwrap_or_default();
            let host = if state.mood == Mood::Astray { "http://127.0.0.1:1" } else { base };
            let amount: i64 = get("line_items[0][price_data][unit_amount]").parse().unwrap_or(-1);
            let session = json!({ "id": format!("cs_test_{n}"), "object": "checkout.session", "amount_total": amount,
                "currency": get("line_items[0][price_data][currency]"), "client_reference_id": get("client_reference_id"),
                "payment_status": "unpaid", "status": "open", "payment_intent": null, "created": state.now,
                "metadata": { "payment": get("metadata[payment]") }, "success_url": get("success_url"),
                "customer_email": get("customer_email"), "url": format!("{host}/pay/cs_test_{n}") });
            state.sessions.push(session.clone());
            session
        }
        ("POST", "/v1/refunds") => {
            let (intent, now) = (fields.get("payment_intent").cloned().unwrap_or_default(), state.now);
            let amount: i64 = fields.get("amount").and_then(|a| a.parse().ok()).unwrap_or(0);
            let charge = state.charges.iter_mut().find(|c| c["payment_intent"] == intent.as_str());
            let Some(charge) = charge else { return refuse(404, "resource_missing") };
            let total = charge["amount_refunded"].as_i64().unwrap_or(0) + amount;
            if total > charge["amount"].as_i64().unwrap_or(0) {
                return refuse(400, "charge_already_refunded");
            }
            charge["amount_refunded"] = total.into();
            json!({ "id": "re_1", "object": "refund", "amount": amount, "status": "succeeded", "created": now })
        }
        ("GET", "/v1/charges") => {
            let query = |name: &str| {
                let all = url::form_urlencoded::parse(path.split('?').nth(1).unwrap_or("").as_bytes());
                all.into_owned().find(|(n, _)| n == name).and_then(|(_, v)| v.parse::<i64>().ok())
            };
            let (from, to) = (query("created[gte]").unwrap_or(0), query("created[lt]").unwrap_or(i64::MAX));
            let inside = |c: &&Value| c["created"].as_i64().is_some_and(|at| (from..to).contains(&at));
            let data: Vec<Value> = state.charges.iter().filter(inside).cloned().collect();
            json!({ "object": "list", "data": data, "has_more": false })
        }
        ("GET", _) => {
            let id = place.rsplit('/').next().unwrap_or("");
            let Some(mut session) = state.sessions.iter().find(|s| s["id"] == id).cloned() else {
                return refuse(404, "resource_missing");
            };
            if let Some(intent) = session["payment_intent"].as_str() {
                let charge = state.charges.iter().find(|c| c["payment_intent"] == intent).cloned();
                session["payment_intent"] =
                    json!({ "id": intent, "object": "payment_intent", "latest_charge": charge });
            }
            session
        }
        _ => return refuse(404, "unknown"),
    };
    if !key.is_empty() {
        state.keys.insert(key.to_owned(), value.clone());
    }
    (200, String::new(), value.to_string())
}
