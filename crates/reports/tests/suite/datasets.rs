//! Questions for rows: what is answered, what is refused, and with which words.

use folkmoot_reports::{Ended, Grant, Query, RowsRequest, datasets, sample};
use serde_json::{Value, json};

use super::{attempt, runner};

fn ask(request: Value, grant: &Grant) -> Result<Query, String> {
    let request: RowsRequest = serde_json::from_value(request).unwrap();
    Query::parse(&request, grant).map_err(|refusal| refusal.0)
}

fn open(dataset: &str, columns: Value, filters: Value) -> Result<Query, String> {
    ask(
        json!({"dataset": dataset, "columns": columns, "filters": filters, "personal": false, "reason": null}),
        &Grant::default(),
    )
}

#[test]
fn no_dataset_knows_ballots_credentials_or_who_voted() {
    for dataset in datasets() {
        for column in dataset.columns {
            let name = column.name;
            for word in
                ["ballot", "credential", "tracker", "vote_by", "voted", "code", "token", "password", "ip"]
            {
                assert!(name != word && !name.contains(&format!("{word}_")), "{}.{name}", dataset.name);
            }
        }
        // People and participation never meet in one row.
        let people = dataset.columns.iter().any(|column| column.personal);
        assert!(!(people && ["turnout", "participation", "funnel"].contains(&dataset.name)));
    }
}

#[test]
fn unknown_names_are_refused_with_what_there_is() {
    assert!(open("votes", Value::Null, json!({})).unwrap_err().contains("there are: members, dues"));
    assert!(open("members", json!(["shoe"]), json!({})).unwrap_err().contains("it has: tier, status"));
    assert!(open("members", json!([]), json!({})).unwrap_err().contains("at least one column"));
    assert!(open("members", Value::Null, json!({"shoe": 1})).unwrap_err().contains("has no filter \"shoe\""));
}

#[test]
fn filters_are_checked_against_the_kind_of_the_column() {
    for (filter, fine) in [
        (json!({"tier": "fellow"}), true),
        (json!({"tier": ["fellow", "basic"]}), true),
        (json!({"tier": 3}), false),
        (json!({"joined": "2026-06-01"}), true),
        (json!({"joined_after": "2026-06-01"}), true),
        (json!({"joined_before": "2026-06-31"}), false),
        (json!({"joined_min": "2026-06-01"}), false),
        (json!({"tier_after": "a"}), false),
        (json!({"voting": true}), true),
        (json!({"voting": "yes"}), false),
        (json!({"expires": null}), true),
        (json!({"tier": {"a": 1}}), false),
    ] {
        assert_eq!(open("members", Value::Null, filter.clone()).is_ok(), fine, "{filter}");
    }
    assert!(
        open("elections", Value::Null, json!({"seats_min": 2, "opens_after": "2026-01-01T10:00"})).is_ok()
    );
}

#[test]
fn personal_columns_need_a_grant_a_word_and_a_reason() {
    let request = |personal: bool, reason: Value| json!({"dataset": "members", "columns": ["tier", "email"], "filters": {}, "personal": personal, "reason": reason});
    let grant = Grant { personal: Some("approved by two".to_owned()), datasets: None };
    assert!(ask(request(true, json!("mailing")), &Grant::default()).unwrap_err().contains("no grant"));
    assert!(ask(request(false, json!("mailing")), &grant).unwrap_err().contains("personal=True"));
    assert!(ask(request(true, json!("  ")), &grant).unwrap_err().contains("reason="));
    assert_eq!(
        ask(request(true, json!("mailing")), &grant).unwrap().reason.as_deref(),
        Some("approved by two; script: mailing")
    );
    // A filter tells as much as a column.
    let filtered = json!({"dataset": "members", "columns": ["tier"], "filters": {"email": "ada@x.test"}, "personal": false, "reason": null});
    assert!(ask(filtered, &Grant::default()).unwrap_err().contains("no grant"));
    // Without columns, only the open ones come.
    assert!(open("members", Value::Null, json!({})).unwrap().columns.iter().all(|column| !column.personal));
    let narrow = Grant { personal: None, datasets: Some(vec!["dues".to_owned()]) };
    assert!(
        ask(
            json!({"dataset": "members", "columns": null, "filters": {}, "personal": false, "reason": null}),
            &narrow
        )
        .unwrap_err()
        .contains("may not read members")
    );
}

#[test]
fn filters_are_pushed_down_and_mean_what_they_say() {
    let mut data = sample::organisation();
    let script = "
a = members(columns=['joined', 'tier'], joined_after='2020-01-01', joined_before='2022-01-01', tier=['fellow', 'supporting'])
b = members(columns=['joined', 'tier']).where(lambda r: str(r.joined) >= '2020-01-01' and str(r.joined) < '2022-01-01' and r.tier in ('fellow', 'supporting'))
print(len(a) == len(b) > 20, a.rows() == b.rows(), type(a[0].joined).__name__)
print(len(members(columns=['tier'], joined_after=today)), len(dues(status='paid', amount_min=10_000)) > 0)
";
    let run = attempt(&runner(), script, &mut data, &[], Grant::default()).unwrap();
    assert_eq!(run.ended, Ended::Done);
    assert_eq!(run.log, "True True date\n0 True\n");
    let expected = data
        .of("members")
        .iter()
        .filter(|row| {
            ("2020-01-01".."2022-01-01").contains(&row["joined"].as_str().unwrap())
                && row["tier"] != "contributing"
        })
        .count() as u64;
    let dues = data
        .of("dues")
        .iter()
        .filter(|row| row["status"] == "paid" && row["amount"].as_i64() >= Some(10_000))
        .count() as u64;
    assert_eq!(run.usage.rows, expected + 1_400 + dues);
}

#[test]
fn a_grant_shows_single_people_and_is_noted() {
    let mut data = sample::organisation();
    let grant = Grant { personal: Some("membership officer".to_owned()), datasets: None };
    let script = "t = members(columns=['name', 'tier'], personal=True, reason='letters').head(3)\ntable(t)\nmetric('n', t.count())";
    let run = attempt(&runner(), script, &mut data, &[], grant).unwrap();
    assert_eq!(run.reasons, ["membership officer; script: letters"]);
    assert!(!serde_json::to_string(&run.outputs).unwrap().contains("withheld"));
}
