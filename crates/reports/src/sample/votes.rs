//! Elections, turnout, results, seats, motions.

use serde_json::{Value, json};

use super::{Dice, InMemory};

const FIRMS: &[&str] =
    &["Arbour Labs", "Arbour Labs", "Birch Systems", "Cedar Works", "independent", "Dogwood University"];
const CLASSES: &[(&str, u64)] = &[("supporting", 410), ("contributing", 260), ("fellow", 150)];

pub(super) fn fill(data: &mut InMemory, dice: &mut Dice) {
    data.offer("board-2026", "Board election 2026");
    data.offer("board-2025", "Board election 2025");
    for (id, year, offset) in [("board-2026", 2026, 0), ("board-2025", 2025, 1)] {
        election(data, dice, id, year, offset);
    }
    data.put("elections", json!({"election": "bylaws-2026", "title": "By-law change 2026", "kind": "bylaw", "status": "draft", "method": "yes or no", "seats": 0, "eligible": 0}));
    seats(data, dice);
    motions(data, dice);
    for year in [2025, 2026] {
        for (tier, _) in CLASSES {
            for missed in 0..=4 {
                let credit = if missed == 0 { "waiver" } else { "none" };
                data.put("participation", json!({"year": year, "tier": tier, "missed": missed, "credit": credit, "people": dice.below(120) + u64::from(missed == 0) * 200}));
            }
        }
    }
}

fn election(data: &mut InMemory, dice: &mut Dice, id: &str, year: i32, offset: u64) {
    let mut eligible_all = 0;
    let mut cast_all = 0;
    for (tier, people) in CLASSES {
        let eligible = people - offset * 20;
        let mut cast = 0;
        for day in 5..=18 {
            let voters = dice.below(eligible / 14 + 1);
            cast += voters;
            data.put("turnout", json!({"election": id, "tier": tier, "day": format!("{year}-05-{day:02}"), "eligible": eligible, "cast": voters}));
        }
        let mailed = eligible - dice.below(4);
        let delivered = mailed - dice.below(12);
        let affirmed = delivered - dice.below(60);
        for (step, (stage, people)) in (1..).zip([
            ("eligible", eligible),
            ("mailed", mailed),
            ("delivered", delivered),
            ("affirmed", affirmed),
            ("voted", cast),
        ]) {
            data.put(
                "funnel",
                json!({"election": id, "tier": tier, "stage": stage, "step": step, "people": people}),
            );
        }
        for number in 0..eligible {
            let change = dice.of(&["kept", "kept", "kept", "kept", "new", "class changed"]);
            roll(data, dice, id, tier, change, number);
        }
        for number in 0..25 {
            roll(data, dice, id, tier, "removed", number);
        }
        eligible_all += eligible;
        cast_all += cast;
    }
    let needed = eligible_all.div_ceil(3);
    data.put("elections", json!({"election": id, "title": format!("Board election {year}"), "kind": "board", "status": "certified",
        "nominations_open": format!("{year}-03-01T14:00"), "nominations_close": format!("{year}-03-15T14:00"), "opens": format!("{year}-05-05T14:00"), "closes": format!("{year}-05-19T14:00"),
        "announced": format!("{year}-05-21T14:00"), "method": "approval", "seats": 4, "eligible": eligible_all, "cast": cast_all, "quorum_needed": needed, "quorum_met": cast_all >= needed,
        "roll_hash": format!("{:064x}", dice.next()), "fingerprint": format!("{:064x}", dice.next()), "log_root": format!("{:064x}", dice.next())}));
    candidates(data, dice, id, year);
}

fn roll(data: &mut InMemory, dice: &mut Dice, id: &str, tier: &str, change: &str, number: u64) {
    let reason = match change {
        "new" => json!(dice.of(&["joined", "affirmed again", "rejoined"])),
        "class changed" => json!("changed tier"),
        "removed" => json!(dice.of(&["dues lapsed", "did not affirm", "resigned", "four votes missed"])),
        _ => Value::Null,
    };
    data.put("roll", json!({"election": id, "tier": tier, "change": change, "reason": reason, "included": change != "removed", "name": format!("Voter {number} of {tier}")}));
}

fn candidates(data: &mut InMemory, dice: &mut Dice, id: &str, year: i32) {
    const NAMES: &[&str] = &[
        "Ada Abara",
        "Bo Brandt",
        "Chi Costa",
        "Dina Dunn",
        "Emeka Eze",
        "Fumi Falk",
        "Gita Gupta",
        "Hugo Holm",
        "Ines Ito",
    ];
    let mut votes: Vec<u64> = NAMES.iter().map(|_| dice.below(350) + 40).collect();
    votes.sort_unstable_by(|a, b| b.cmp(a));
    for (at, (name, votes)) in NAMES.iter().zip(votes).enumerate() {
        let firm = dice.of(FIRMS);
        let outcome = match at {
            1 => "excluded",
            0 | 2..=4 => "elected",
            _ => "not elected",
        };
        let (from, to, cohort) = if outcome == "elected" {
            (
                json!(format!("{year}-07-01")),
                json!(format!("{}-06-30", year + 3)),
                json!(format!("class of {}", year + 3)),
            )
        } else {
            (Value::Null, Value::Null, Value::Null)
        };
        let reason = if outcome == "excluded" {
            json!("a quarter of the board is with one firm already")
        } else {
            Value::Null
        };
        data.put("results", json!({"election": id, "question": "Directors", "candidate": name, "votes": votes, "place": at + 1, "outcome": outcome, "reason": reason, "cohort": cohort, "term_from": from, "term_to": to, "affiliation": firm}));
        data.put("nominations", json!({"election": id, "candidate": name, "status": "accepted", "received": format!("{year}-03-{:02}", at + 2), "accepted": format!("{year}-03-{:02}", at + 4), "affiliation": firm, "words": dice.below(500) + 80, "nominator": dice.of(NAMES)}));
    }
    for status in ["declined", "withdrawn", "ineligible"] {
        data.put("nominations", json!({"election": id, "candidate": Value::Null, "status": status, "received": format!("{year}-03-11")}));
    }
}

fn seats(data: &mut InMemory, dice: &mut Dice) {
    const HOLDERS: &[&str] = &[
        "Ada Abara",
        "Chi Costa",
        "Dina Dunn",
        "Emeka Eze",
        "Juro Jansen",
        "Kaya Kaur",
        "Liv Lopez",
        "Nia Nwosu",
        "Omar Okoye",
        "Pia Park",
        "Quin Quist",
    ];
    for (at, holder) in HOLDERS.iter().enumerate() {
        let end = 2026 + (at as i32 % 3);
        data.put("seats", json!({"body": "Board", "seat": format!("Director {}", at + 1), "cohort": format!("class of {end}"), "holder": holder, "term_from": format!("{}-07-01", end - 3), "term_to": format!("{end}-06-30"),
            "affiliation": dice.of(FIRMS), "status": if at == 10 { "resigned" } else { "serving" }}));
    }
    for (at, holder) in HOLDERS.iter().take(5).enumerate() {
        data.put("seats", json!({"body": "Council", "seat": format!("Seat {}", at + 1), "cohort": "2026", "holder": holder, "term_from": "2026-01-01", "term_to": "2026-12-31", "affiliation": dice.of(FIRMS), "status": "serving"}));
    }
}

fn motions(data: &mut InMemory, dice: &mut Dice) {
    for number in 1..=24 {
        let (yes, no) = (dice.below(10), dice.below(5));
        let day = dice.below(27) + 1;
        let month = number % 5 + 1;
        let open = number > 22;
        let status = if open {
            "open"
        } else if yes > no {
            "carried"
        } else {
            "failed"
        };
        let closed = if open { Value::Null } else { json!(format!("2026-{month:02}-{:02}", day + 1)) };
        data.put("motions", json!({"body": dice.of(&["Board", "Council", "Grants group"]), "number": format!("2026-{number:02}"), "title": format!("Motion {number}"), "status": status,
            "opened": format!("2026-{month:02}-{day:02}"), "closed": closed, "yes": yes, "no": no, "abstain": dice.below(3)}));
    }
}
