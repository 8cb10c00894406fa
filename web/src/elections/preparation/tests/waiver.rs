//! Who voted in the election before is on the roll of the next one without affirming, where the officers say so.

use folkmoot_store::memberships::voting::{self, AffirmationHow};
use folkmoot_store::memberships::{self, MembershipSource, MembershipState, NewMembership};
use folkmoot_store::{Utc, bodies};

use super::office::Office;
use crate::error::AppError;
use crate::membership::preset;

const BEFORE: &str = "Core board 2025";

#[actix_web::test]
async fn who_voted_before_need_not_affirm() {
    let office = Office::new(4).await;
    let app = &office.app.app;
    let [affirmed, voted, neither, outside] = [0, 1, 2, 3].map(|i| &office.voters[i]);
    let at = |text: &str| Utc::parse(text).unwrap();
    let (closed, since) = (at("2025-06-20T14:00:00Z"), at("2025-06-01T00:00:00Z"));
    let recent = app.now().plus(-chrono::TimeDelta::days(30));
    let facts = |c: &mut folkmoot_store::Conn| {
        preset::install(c, app.now())?;
        let class = memberships::class_by_key(c, "Contributing")?.id;
        for person in [affirmed, voted, neither] {
            let new = NewMembership {
                public_id: app.public_id()?,
                person: person.id,
                class,
                source: MembershipSource::Staff,
                reference: None,
                state: MembershipState::Active,
                starts_at: since,
                ends_at: None,
                statement: "",
                reason: "",
            };
            memberships::add(c, &new, since)?;
            voting::certify(c, person.id, class, recent, "", "", recent)?;
        }
        let body = bodies::by_slug(c, "core")?.id;
        voting::affirm(c, affirmed.id, body, recent, AffirmationHow::Imported, recent)?;
        for person in [voted, outside] {
            voting::note_past_participation(c, person.id, BEFORE, closed, true, "list")?;
        }
        Ok::<_, AppError>(())
    };
    app.store().write(facts).unwrap();
    office.draft().await;
    let mut fields = vec![("of", "members"), ("body", "core"), ("affirm", "yes")];
    office.does("electorate", &fields).await.says("it would have 1 entries");
    fields.push(("waiver", BEFORE));
    let page = office.does("electorate", &fields).await;
    page.says("it would have 2 entries: the voting members who have affirmed or voted in Core board 2025");
    let page = office.officer().get(&format!("{}/electorate", super::STAFF)).await.expect(200);
    assert!(page.body.contains("value=\"Core board 2025\" checked"), "{}", page.body);
    fields.push(("waiver", "Some other election"));
    office.refused("electorate", &fields, "Choose among the elections shown.").await;
    // Without the demand to affirm there is nothing to be spared: all three members have the vote.
    let fields = [("of", "members"), ("body", "core"), ("waiver", BEFORE)];
    office.does("electorate", &fields).await.says("it would have 3 entries: the voting members.");
}
