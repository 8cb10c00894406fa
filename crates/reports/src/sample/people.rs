//! Members, dues, payments, awards, mails, staff.

use serde_json::{Value, json};

use super::{Dice, InMemory, SOURCES, TIERS};

const FIRST: &[&str] =
    &["Ada", "Bo", "Chi", "Dina", "Emeka", "Fumi", "Gita", "Hugo", "Ines", "Juro", "Kaya", "Liv"];
const LAST: &[&str] =
    &["Abara", "Brandt", "Costa", "Dunn", "Eze", "Falk", "Gupta", "Holm", "Ito", "Jansen", "Kaur", "Lopez"];
const FIRMS: &[&str] =
    &["Arbour Labs", "Birch Systems", "Cedar Works", "independent", "Dogwood University", "Elm Software"];
const DOMAINS: &[&str] =
    &["arbour.test", "birch.test", "cedar.test", "dogwood.test", "elm.test", "fir.test", "ginkgo.test"];

pub(super) fn fill(data: &mut InMemory, dice: &mut Dice) {
    for number in 0..1_400 {
        member(data, dice, number);
    }
    for _ in 0..160 {
        let purpose = dice.of(&["dues", "dues", "dues", "refund"]);
        let cents = (dice.below(200) + 5) as i64 * 100;
        let amount = if purpose == "refund" { -cents } else { cents };
        payment(data, dice, purpose, amount);
    }
    awards(data, dice);
    staff(data, dice);
}

fn payment(data: &mut InMemory, dice: &mut Dice, purpose: &str, amount: i64) {
    let reference = format!("P-{:06}", dice.below(1_000_000));
    let row = json!({"received": dice.day(2025, 1), "purpose": purpose, "amount": amount, "currency": "USD", "method": dice.of(&["card", "card", "transfer", "other"]),
        "status": dice.of(&["settled", "settled", "settled", "settled", "pending", "failed"]), "payer": dice.of(FIRST), "reference": reference});
    data.put("payments", row);
}

fn member(data: &mut InMemory, dice: &mut Dice, number: u64) {
    let tier = dice.of(TIERS);
    let name = format!("{} {} {number}", dice.of(FIRST), dice.of(LAST));
    let joined = dice.day(2012, 14);
    let status = dice.of(&["active", "active", "active", "active", "active", "lapsed", "lapsed", "resigned"]);
    let lifelong = tier == "fellow";
    let affirmed = if dice.below(10) < 6 { json!(dice.day(2025, 1)) } else { Value::Null };
    let voting = status == "active" && !affirmed.is_null();
    let expires = if lifelong { Value::Null } else { json!(dice.day(2026, 1)) };
    data.put("members", json!({"tier": tier, "status": status, "joined": joined, "renewed": dice.day(2025, 1), "expires": expires, "source": dice.of(SOURCES),
        "affirmed": affirmed, "voting": voting, "member": format!("m{number:05}"), "name": name, "legal_name": format!("{name} (legal)"),
        "email": format!("person{number}@{}", dice.of(DOMAINS)), "affiliation": dice.of(FIRMS)}));
    if lifelong {
        return;
    }
    let band = dice.of(&["suggested", "suggested", "suggested", "least", "above suggested"]);
    let cents = match band {
        "suggested" => 9_900,
        "least" => 2_500,
        _ => 50_000,
    };
    let due = dice.day(2025, 1);
    let paid_status = dice.of(&["paid", "paid", "paid", "paid", "returned", "open", "lapsed"]);
    let paid = if paid_status == "paid" { json!(due) } else { Value::Null };
    let drive = if dice.below(4) == 0 { json!("Spring 2025") } else { Value::Null };
    data.put("dues", json!({"tier": tier, "band": band, "due": due, "status": paid_status, "kind": dice.of(&["renewal", "renewal", "renewal", "new", "rejoin"]),
        "amount": cents, "currency": "USD", "paid": paid, "drive": drive, "member": format!("m{number:05}")}));
    if paid_status == "paid" {
        payment(data, dice, "dues", cents);
    }
}

fn awards(data: &mut InMemory, dice: &mut Dice) {
    for number in 0..70 {
        let round = dice.of(&["2025 Q3", "2025 Q4", "2026 Q1", "2026 Q2"]);
        let status = dice.of(&["received", "carried over", "granted", "granted", "expired", "withdrawn"]);
        let days = dice.below(200) + 10;
        let (decided, days) = match status {
            "granted" | "expired" => (json!(dice.day(2025, 1)), json!(days)),
            _ => (Value::Null, Value::Null),
        };
        let recipient = if status == "granted" { json!(format!("Laureate {number}")) } else { Value::Null };
        let carried = if status == "carried over" { dice.below(4) + 1 } else { 0 };
        data.put("awards", json!({"award": "Fellow", "round": round, "status": status, "received": dice.day(2025, 1), "decided": decided, "carried": carried, "days": days, "recipient": recipient}));
    }
    for number in 0..180 {
        let since = 2003 + dice.below(24);
        data.put("roster", json!({"award": "Fellow", "person": format!("{} {} the {number}th", dice.of(FIRST), dice.of(LAST)), "since": since, "status": dice.of(&["active", "active", "active", "active", "emeritus", "in memoriam"])}));
    }
}

fn staff(data: &mut InMemory, dice: &mut Dice) {
    for _ in 0..200 {
        let at = format!(
            "{}T{:02}:{:02}",
            dice.day(2026, 1).replace("2027", "2026"),
            dice.below(24),
            dice.below(60)
        );
        data.put("audit", json!({"at": at, "action": dice.of(&["member.change", "dues.waive", "election.open", "roll.freeze", "mail.send", "report.run"]),
            "subject": dice.of(&["member", "election", "report"]), "actor": dice.of(FIRST)}));
    }
    for number in 0..900 {
        let domain = dice.of(DOMAINS);
        let bad = if domain == "fir.test" {
            &["bounced", "refused", "deferred", "sent"][..]
        } else {
            &["sent", "sent", "sent", "sent", "sent", "sent", "deferred", "bounced", "queued", "sent"][..]
        };
        let status = dice.of(bad);
        data.put("deliveries", json!({"day": format!("2026-05-{:02}", dice.below(28) + 1), "message": dice.of(&["invitation to vote", "affirmation", "receipt"]), "election": "board-2026", "domain": domain,
            "status": status, "attempts": dice.below(4) + 1, "address": format!("person{number}@{domain}")}));
    }
    for (policy, kind, act, reason) in [
        ("mail logs 90 days", "delivery", "erased", "older than the policy allows"),
        ("closed accounts 30 days", "person", "erased", "left the organisation"),
        ("rolls 3 years", "roll", "kept", "by-laws demand it"),
        ("sessions 14 days", "session", "erased", "expired"),
    ] {
        for month in 1..=5 {
            data.put("erasures", json!({"on": format!("2026-{month:02}-28"), "policy": policy, "kind": kind, "records": dice.below(120), "act": act, "reason": reason}));
        }
    }
}
