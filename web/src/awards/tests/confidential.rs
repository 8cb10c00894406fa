//! The name of somebody who was not chosen is nowhere: every route of the table as a visitor, as a member and as every role, feeds,
//! exports, mails, the audit log, the download of one's own data.

use actix_web::http::Method;
use folkmoot_reports::datasets;
use folkmoot_store::accounts::Role;
use serde_json::json;

use super::setting::Setting;
use crate::reports::tests::ask;
use crate::routes::{self, Access};
use crate::testing::Browser;

const NAME: &str = "Xanthippe Unchosen";
const MARKS: [&str; 3] = ["Xanthippe", "Unchosen", "unchosen"];

fn clean(place: &str, text: &str) {
    for mark in MARKS {
        assert!(!text.contains(mark), "{place} names somebody who was not chosen");
    }
}

/// Addresses of a pattern: the parts that vary filled with what exists.
fn addresses(pattern: &str) -> Vec<String> {
    let mut all = vec![pattern.to_owned()];
    for (part, values) in [
        ("{award}", &["fellows"][..]),
        ("{recipient}", &["ada-chosen", "xanthippe-unchosen"]),
        ("{round}", &["2024-1", "2024-2", "2024-4"]),
        ("{body}", &["board-of-awards"]),
        ("{page}", &["terms"]),
    ] {
        all = all
            .into_iter()
            .flat_map(|a| {
                if a.contains(part) { values.iter().map(|v| a.replace(part, v)).collect() } else { vec![a] }
            })
            .collect();
    }
    all.into_iter()
        .map(|mut a| {
            while let (Some(from), Some(to)) = (a.find('{'), a.find('}')) {
                a.replace_range(from..=to, "1");
            }
            a
        })
        .collect()
}

async fn look_everywhere(browser: &Browser<'_>, who: &str, accesses: &dyn Fn(Access) -> bool) -> usize {
    let mut seen = 0;
    for route in routes::all().into_iter().filter(|r| r.method == Method::GET && accesses(r.access)) {
        for path in addresses(route.path) {
            let shown = browser.get(&path).await;
            clean(&format!("GET {path} as {who}"), &shown.body);
            seen += usize::from(shown.status.is_success());
            // A search repeats its own words, so another word of the name gives it away.
            let found = browser.get(&format!("{path}?q=unchosen&show=done")).await;
            assert!(!found.body.contains("Xanthippe"), "a search at {path} as {who} finds the name");
        }
    }
    seen
}

#[actix_web::test]
async fn who_was_not_chosen_is_named_nowhere() {
    let s = Setting::fellows("2024-02-01T12:00:00Z", 3).await;
    s.tend();
    s.adopt("charter").await;
    s.nominate("Ann Writer", &format!("{NAME} <xanthippe@unchosen.test>"), "for being unchosen").await;
    s.nominate("Bea", "Ada Chosen", "for work").await;
    // An author with an account, whose own data are downloaded later.
    let author = s.test.person("Cas Author");
    let fields = [
        ("nominees", NAME),
        ("team", ""),
        ("citation", "for being Unchosen"),
        ("accomplishments", "Xanthippe did much."),
        ("links", "https://unchosen.test/x"),
        ("referees", "Xanthippe's mother"),
    ];
    let browser = s.test.signed_in(&author);
    browser.post("/awards/fellows/nominate", &fields).await.expect(200).says("Thank you");
    let rounds = [
        ("2024-02-21T12:00:00Z", "2024-03-21T12:00:00Z", "2024-03-28T12:00:00Z"),
        ("2024-05-21T12:00:00Z", "2024-06-21T12:00:00Z", "2024-06-28T12:00:00Z"),
        ("2024-08-21T12:00:00Z", "2024-09-21T12:00:00Z", "2024-09-28T12:00:00Z"),
        ("2024-11-21T12:00:00Z", "2024-12-21T12:00:00Z", "2024-12-28T12:00:00Z"),
    ];
    for (n, (cutoff, review, announced)) in rounds.into_iter().enumerate() {
        s.at(cutoff);
        if n == 0 {
            s.votes("Ada Chosen", "yyy").await;
            let path = s.case(0, NAME).await;
            s.member(1)
                .submit(&format!("{path}/comments"), &[("body", "Unchosen, I fear.")])
                .await
                .expect(200);
        }
        s.votes(NAME, "nny").await;
        s.at(review);
        // Decided, and not announced: reports do not run ahead of the announcement.
        let granted = json!({"status": "granted"});
        assert_eq!(ask(&s.test, "awards", json!(["round"]), granted).len(), usize::from(n > 0));
        s.at(announced);
    }
    assert_eq!(s.roster().await, ["Ada Chosen"]);
    // Reports with personal data know the fates of nominations, and who was chosen.
    for dataset in datasets() {
        let columns: Vec<_> = dataset.columns.iter().map(|column| column.name).collect();
        let rows = ask(&s.test, dataset.name, json!(columns), json!({}));
        clean(dataset.name, &serde_json::to_string(&rows).unwrap());
    }
    let fates = ask(&s.test, "awards", json!(["status", "carried", "recipient"]), json!({}));
    assert_eq!(
        fates,
        [
            json!({"status": "expired", "carried": 3, "recipient": null}),
            json!({"status": "granted", "carried": 0, "recipient": "Ada Chosen"}),
        ]
    );

    let public = |a: Access| matches!(a, Access::Public | Access::Static);
    let seen = look_everywhere(&s.test.visitor(), "visitor", &public).await;
    assert!(seen > 30, "only {seen} public pages answered");
    let member = s.test.person("Some Member");
    look_everywhere(&s.test.signed_in(&member), "member", &|_| true).await;
    look_everywhere(&s.test.signed_in(&author), "author", &|_| true).await;
    for role in Role::ALL {
        let browser = s.test.staff(&format!("Staff {role}"), *role);
        let seen = look_everywhere(&browser, role.as_str(), &|_| true).await;
        assert!(seen > 30, "{role}: {seen}");
        for export in ["/staff/audit/export", "/staff/mail/export", "/staff/exports"] {
            for format in ["csv", "jsonl"] {
                let file = browser.post(export, &[("format", format)]).await;
                clean(&format!("POST {export} as {role}"), &file.body);
            }
        }
    }
    clean("own data", &s.test.signed_in(&author).get("/account/data").await.expect(200).body);
    for feed in ["atom", "json", "csv"] {
        let file = s.test.visitor().get(&format!("/awards/fellows/recipients.{feed}")).await.expect(200);
        assert!(file.body.contains("Ada Chosen"));
        clean(feed, &file.body);
    }
    for mail in s.test.mails() {
        let text = format!("{} {} {:?} {}", mail.subject, mail.body_text, mail.body_html, mail.recipient);
        clean(&format!("the mail {}", mail.message), &text);
    }
    // The body itself still sees what it decided, so the search above would have found it.
    let drafts = s.member(0).get("/awards/review/fellows/rounds/2024-1").await.expect(200);
    clean("the drafts", &drafts.body);
}

/// The search finds a name that is there: while the round is in review, the board sees it.
#[actix_web::test]
async fn the_search_for_a_name_would_find_it() {
    let s = Setting::fellows("2024-02-01T12:00:00Z", 3).await;
    s.tend();
    s.nominate("Ann", NAME, "for work").await;
    let shown = s.member(0).get("/awards/review/fellows").await.expect(200);
    assert!(MARKS.iter().any(|m| shown.body.contains(m)));
    s.test.mails();
}
