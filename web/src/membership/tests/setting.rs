//! What the stories begin with: the classes, a board, calls, and people who hold something.

use folkmoot_store::bodies::{self, BodyFacts, BodyId, BodyKind};
use folkmoot_store::memberships::paid::{NewPaidTerm, TermKind};
use folkmoot_store::memberships::voting::{self, NewCall};
use folkmoot_store::memberships::{self, MembershipSource, MembershipState, NewMembership};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc};

use crate::error::{AppError, AppResult};
use crate::membership::{dues, preset};
use crate::testing::TestApp;

pub(super) fn at(text: &str) -> Utc {
    Utc::parse(text).unwrap()
}

/// The classes of the preset.
pub(super) fn classes(test: &TestApp) {
    test.app.store().write(|c| preset::install(c, test.app.now())).unwrap();
}

pub(super) fn body(test: &TestApp, slug: &str, name: &str) -> BodyId {
    let facts = BodyFacts { slug, name, kind: BodyKind::Board, description: "", is_public: true };
    test.app.store().write(|c| Ok::<_, AppError>(bodies::add(c, &facts, test.app.now())?)).unwrap()
}

/// A call by the preset's rule: title, where affirmations begin to count, cut-off and record instant.
pub(super) fn call(
    test: &TestApp,
    body: BodyId,
    name: &str,
    title: &str,
    from: &str,
    cutoff: &str,
    waivers: &[&str],
) -> PublicId {
    let public_id = test.app.public_id().unwrap();
    let rule = test.app.store().read(|c| preset::rule_for(c, name)).unwrap();
    let new = NewCall {
        public_id: public_id.clone(),
        body,
        election: None,
        title,
        rule: JsonText::of(&rule).unwrap(),
        authority: "Bylaws 4.2",
        affirm_from: at(from),
        cutoff_at: at(cutoff),
        record_at: at(cutoff),
        waivers: JsonText::of(waivers).unwrap(),
    };
    test.app.store().write(|c| Ok::<_, AppError>(voting::add_call(c, &new, test.app.now())?)).unwrap();
    public_id
}

/// Gives a class without dues from `from` on.
pub(super) fn give(test: &TestApp, person: PersonId, key: &str, from: &str) {
    test.app.store().write(|c| hold(c, &test.app, person, key, at(from))).unwrap();
}

pub(super) fn hold(c: &mut Conn, app: &crate::App, person: PersonId, key: &str, from: Utc) -> AppResult<()> {
    let class = memberships::class_by_key(c, key)?.id;
    let new = NewMembership {
        public_id: app.public_id()?,
        person,
        class,
        source: MembershipSource::Staff,
        reference: None,
        state: MembershipState::Active,
        starts_at: from,
        ends_at: None,
        statement: "",
        reason: "",
    };
    memberships::add(c, &new, from)?;
    Ok(())
}

/// Pays Supporting dues for one term.
pub(super) fn pay(
    c: &mut Conn,
    app: &crate::App,
    person: PersonId,
    reference: &str,
    paid_at: Utc,
) -> AppResult<()> {
    let class = memberships::class_by_key(c, "Supporting")?.id;
    let new = NewPaidTerm { person, class, reference, kind: TermKind::Term, paid_at };
    dues::extend_paid(c, app, &new, paid_at)?;
    Ok(())
}
