//! One person nominated under two addresses.

use folkmoot_store::nominations::{NominationState, supports};

use super::office::{Office, STAFF, accept};
use crate::error::AppError;

fn page(office: &Office, name: &str) -> String {
    format!("{STAFF}/nominations/{}", office.named(name).public_id)
}

fn supporters(office: &Office, name: &str) -> Vec<(String, &'static str)> {
    let id = office.named(name).id;
    let all = office.app.app.store().read(|c| Ok::<_, AppError>(supports::of_nomination(c, id)?)).unwrap();
    all.into_iter().map(|s| (s.name, s.role.as_str())).collect()
}

#[actix_web::test]
async fn an_officer_brings_two_nominations_of_one_person_together() {
    let office = Office::open().await;
    let (ana, eve, fay) = (office.app.person("Ana"), office.app.person("Eve"), office.app.person("Fay"));
    office.nominate(&ana, "Robert", "robert@old.test").await;
    office.nominate(&eve, "Bob", "bob@new.test").await;
    office.nominate(&ana, "Bob", "bob@new.test").await;
    office.app.work();
    let old_link = office.app.link_in_mail_to("robert@old.test");

    // Both are looked at first; nothing changes by looking.
    let other = office.named("Bob").public_id;
    let officer = office.officer();
    let one = officer.get(&page(&office, "Robert")).await.expect(200);
    one.says("Bring both together");
    let at = page(&office, "Robert") + "/merge";
    officer.get(&at).await.expect(200).says("Bob (bo…@new.test, Asked)");
    let shown = officer.get(&format!("{at}?other={other}")).await.expect(200);
    let shown = shown.says("Becomes part of the other").says("ro…@old.test").says("Eve nominates");
    let shown = shown.says("Ana is with both").says("This cannot be taken back");
    assert!(!shown.body.contains("robert@old.test"), "addresses are not shown whole");
    assert_eq!(office.named("Robert").state, NominationState::Invited);
    let merge = |reason: &'static str| [("other", other.as_str()), ("reason", reason)];
    officer.post(&at, &merge("")).await.expect(422).says("Say how you know").says("Eve nominates");
    officer.submit(&at, &merge("Eve asked him")).await.expect(200).says("Both nominations are one now.");

    assert_eq!(office.named("Robert").state, NominationState::Merged);
    assert_eq!(supporters(&office, "Bob"), [("Eve".into(), "nominator"), ("Ana".into(), "endorser")]);
    officer.get(&page(&office, "Robert")).await.expect(200).says("Eve asked him").says("Merged");
    let board = officer.get(&format!("{STAFF}/nominations")).await.expect(200).says("Received 1");
    assert!(!board.body.contains("Robert"));
    assert!(office.app.audited().contains(&"nomination.merge".to_owned()));
    let mail = office.app.mail_to("bob@new.test");
    assert!(mail.body_text.contains("nominated under two addresses"), "{}", mail.body_text);

    // The old link says so, and answers nothing; a later nomination by that address supports the one that stays.
    let visitor = office.app.visitor();
    visitor.get(&old_link).await.expect(200).says("became part of another one");
    visitor.submit(&format!("{old_link}/decline"), &[]).await.expect(409);
    assert_eq!(office.nominate(&fay, "Robert", "robert@old.test").await.status, 303);
    assert!(supporters(&office, "Bob").contains(&("Fay".into(), "endorser")));
    office.app.work();
    let account =
        [("account-name", "Bob"), ("account-password", "grey otter under snow"), ("account-accept", "yes")];
    let link = office.app.link_in_mail_to("bob@new.test");
    let bob = office.app.visitor();
    bob.get(&link).await.expect(200);
    bob.submit(&format!("{link}/accept"), &account)
        .await
        .expect(200)
        .says("Eve nominates")
        .says("Ana supports");
    let own = format!("/nominations/{}", office.named("Bob").public_id);
    accept(&bob, &own, "Bob", "I stand.").await.expect(200).says("Accepted");
    office.app.work();
    officer.post(&at, &merge("again")).await.expect(409);
}

#[actix_web::test]
async fn answers_are_never_undone_by_bringing_nominations_together() {
    let office = Office::open().await;
    let ana = office.app.person("Ana");
    office.candidate("Bo").await;
    office.nominate(&ana, "Cy", "cy@new.test").await;
    office.nominate(&ana, "Di", "di@new.test").await;
    office.candidate("Ed").await;
    office.app.work();
    let link = office.app.link_in_mail_to("di@new.test");
    let visitor = office.app.visitor();
    visitor.get(&link).await.expect(200);
    visitor.submit(&format!("{link}/decline"), &[]).await.expect(200);
    let refused = |gone: &str, kept: &str| {
        let (at, kept) = (page(&office, gone) + "/merge", office.named(kept).public_id);
        let officer = office.officer();
        async move {
            let shown = officer.get(&format!("{at}?other={kept}")).await.expect(200);
            let sent = officer.post(&at, &[("other", kept.as_str()), ("reason", "x")]).await.expect(409);
            (shown.text(), sent.text())
        }
    };
    for (gone, kept, words) in [
        ("Bo", "Cy", "The nominee accepted this one"),
        ("Bo", "Ed", "They belong to two accounts"),
        ("Di", "Cy", "was answered with no"),
        ("Cy", "Di", "is not open any more"),
        ("Cy", "Cy", "These are one nomination"),
    ] {
        let (shown, sent) = refused(gone, kept).await;
        assert!(shown.contains(words) && sent.contains(words), "{gone} {kept}: {shown} {sent}");
    }
    let states: Vec<NominationState> = office.nominations().iter().map(|n| n.state).collect();
    use NominationState as S;
    assert_eq!(states, [S::Accepted, S::Invited, S::Declined, S::Accepted]);
    // Nobody decides about themselves, and others than officers see nothing of it.
    let at = page(&office, "Cy") + "/merge";
    office.app.signed_in(&ana).get(&at).await.expect(403);
    office.app.work();
}
