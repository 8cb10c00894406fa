//! Requests of voting members for the list of members.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::RequestState;
use crate::Conn;
use crate::accounts::PersonState;
use crate::memberships::MembershipState;
use crate::people::addresses_for_mail;
use crate::schema::{inspection_downloads, inspection_requests, membership_classes, memberships, persons};
use crate::types::{PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a request for the list of members.
    InspectionRequestId,
    /// Key of a download.
    InspectionDownloadId,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct InspectionRequest {
    /// Key.
    pub id: InspectionRequestId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// Who asks.
    pub person_id: PersonId,
    /// What the list is for, in their words.
    pub purpose: String,
    /// The conditions as they were accepted.
    pub conditions: String,
    /// State.
    pub state: RequestState,
    /// When it was sent.
    pub created_at: Utc,
    /// By when it must be served.
    pub due_at: Utc,
    /// Who answered.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Utc>,
    /// What the person was told.
    pub answer: String,
    /// The list can be downloaded before this instant.
    pub open_until: Option<Utc>,
}

/// What is needed to keep a request.
#[derive(Debug, Clone, Copy)]
pub struct NewInspectionRequest<'a> {
    /// Id for addresses.
    pub public_id: &'a PublicId,
    /// Who asks.
    pub person: PersonId,
    /// What for.
    pub purpose: &'a str,
    /// The conditions as accepted.
    pub conditions: &'a str,
    /// By when it must be served.
    pub due_at: Utc,
}

/// A download of the list.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct InspectionDownload {
    /// Key.
    pub id: InspectionDownloadId,
    /// Of which request.
    pub request_id: InspectionRequestId,
    /// When.
    pub at: Utc,
    /// How many people were on the list.
    pub entries: i64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// Keeps a request. False, and nothing kept, while another one of this person waits.
///
/// # Errors
/// A database error.
pub fn ask_inspection(conn: &mut Conn, new: &NewInspectionRequest<'_>, now: Utc) -> QueryResult<bool> {
    let waits: bool = diesel::select(diesel::dsl::exists(
        inspection_requests::table
            .filter(inspection_requests::person_id.eq(new.person))
            .filter(inspection_requests::state.eq(RequestState::Open)),
    ))
    .get_result(conn)?;
    if waits {
        return Ok(false);
    }
    diesel::insert_into(inspection_requests::table)
        .values((
            inspection_requests::public_id.eq(new.public_id),
            inspection_requests::person_id.eq(new.person),
            inspection_requests::purpose.eq(new.purpose),
            inspection_requests::conditions.eq(new.conditions),
            inspection_requests::state.eq(RequestState::Open),
            inspection_requests::created_at.eq(now),
            inspection_requests::due_at.eq(new.due_at),
            inspection_requests::answer.eq(""),
        ))
        .execute(conn)?;
    Ok(true)
}

/// One request.
///
/// # Errors
/// `NotFound` when there is none.
pub fn inspection_request(conn: &mut Conn, id: &PublicId) -> QueryResult<InspectionRequest> {
    inspection_requests::table.filter(inspection_requests::public_id.eq(id)).first(conn)
}

/// Requests of a person, the latest first.
///
/// # Errors
/// A database error.
pub fn inspection_requests_of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<InspectionRequest>> {
    inspection_requests::table
        .filter(inspection_requests::person_id.eq(person))
        .order(inspection_requests::id.desc())
        .limit(200)
        .load(conn)
}

/// Requests that wait, the most urgent first, or the latest of those that were answered.
///
/// # Errors
/// A database error.
pub fn inspection_requests_in(
    conn: &mut Conn,
    open: bool,
    limit: i64,
) -> QueryResult<Vec<InspectionRequest>> {
    let all = inspection_requests::table.into_boxed();
    if open {
        all.filter(inspection_requests::state.eq(RequestState::Open))
            .order((inspection_requests::due_at, inspection_requests::id))
            .limit(limit)
            .load(conn)
    } else {
        all.filter(inspection_requests::state.ne(RequestState::Open))
            .order(inspection_requests::id.desc())
            .limit(limit)
            .load(conn)
    }
}

/// Answers a request that waits; false when it does not any more.
///
/// # Errors
/// A database error.
pub fn answer_inspection(
    conn: &mut Conn,
    id: InspectionRequestId,
    (state, open_until): (RequestState, Option<Utc>),
    answer: &str,
    by: PersonId,
    now: Utc,
) -> QueryResult<bool> {
    let open = inspection_requests::table.find(id).filter(inspection_requests::state.eq(RequestState::Open));
    let changed = diesel::update(open)
        .set((
            inspection_requests::state.eq(state),
            inspection_requests::answer.eq(answer),
            inspection_requests::decided_by.eq(Some(by)),
            inspection_requests::decided_at.eq(Some(now)),
            inspection_requests::open_until.eq(open_until),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Notes a download.
///
/// # Errors
/// A database error.
pub fn note_download(
    conn: &mut Conn,
    request: InspectionRequestId,
    entries: i64,
    sha256: &str,
    now: Utc,
) -> QueryResult<()> {
    diesel::insert_into(inspection_downloads::table)
        .values((
            inspection_downloads::request_id.eq(request),
            inspection_downloads::at.eq(now),
            inspection_downloads::entries.eq(entries),
            inspection_downloads::sha256.eq(sha256),
        ))
        .execute(conn)?;
    Ok(())
}

/// Downloads of a request, the first one first.
///
/// # Errors
/// A database error.
pub fn downloads_of(conn: &mut Conn, request: InspectionRequestId) -> QueryResult<Vec<InspectionDownload>> {
    inspection_downloads::table
        .filter(inspection_downloads::request_id.eq(request))
        .order(inspection_downloads::id)
        .load(conn)
}

/// A line of the list of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedMember {
    /// Preferred name.
    pub name: String,
    /// Classes in force, in the order of lists.
    pub classes: Vec<String>,
    /// Where mail goes; empty without a confirmed address.
    pub address: String,
    /// Who.
    pub person: PersonId,
    /// Whether one of the classes has the vote.
    pub votes: bool,
    /// The memberships behind the classes: class, first instant, first instant no longer a member.
    pub held: Vec<(String, Utc, Option<Utc>)>,
}

/// Whether `person` holds a class with the vote at `at`.
///
/// # Errors
/// A database error.
pub fn is_voting_member(conn: &mut Conn, person: PersonId, at: Utc) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        memberships::table
            .inner_join(membership_classes::table)
            .filter(memberships::person_id.eq(person))
            .filter(membership_classes::votes.eq(true))
            .filter(memberships::state.eq(MembershipState::Active))
            .filter(memberships::starts_at.le(at))
            .filter(memberships::ends_at.is_null().or(memberships::ends_at.gt(Some(at)))),
    ))
    .get_result(conn)
}

/// Everybody who holds a class at `at`, by name; with `voting`, only those whose class has the vote.
///
/// # Errors
/// A database error.
pub fn members_at(conn: &mut Conn, voting: bool, at: Utc) -> QueryResult<Vec<ListedMember>> {
    type Row = (PersonId, String, String, bool, Utc, Option<Utc>);
    let rows: Vec<Row> = memberships::table
        .inner_join(membership_classes::table)
        .inner_join(persons::table)
        .filter(membership_classes::votes.eq(true).or(membership_classes::votes.eq(voting)))
        .filter(memberships::state.eq(MembershipState::Active))
        .filter(memberships::starts_at.le(at))
        .filter(memberships::ends_at.is_null().or(memberships::ends_at.gt(Some(at))))
        .filter(persons::state.ne_all([PersonState::Closed, PersonState::Merged]))
        .order((persons::preferred_name, persons::id, membership_classes::position))
        .select((
            persons::id,
            persons::preferred_name,
            membership_classes::name,
            membership_classes::votes,
            memberships::starts_at,
            memberships::ends_at,
        ))
        .load(conn)?;
    let ids: Vec<PersonId> = rows.iter().map(|(id, ..)| *id).collect();
    let addresses: BTreeMap<PersonId, String> = addresses_for_mail(conn, &ids)?;
    let mut list: Vec<ListedMember> = Vec::new();
    let mut last = None;
    for (id, name, class, votes, starts_at, ends_at) in rows {
        if last != Some(id) {
            let address = addresses.get(&id).cloned().unwrap_or_default();
            let (classes, held) = (Vec::new(), Vec::new());
            list.push(ListedMember { name, classes, address, person: id, votes: false, held });
            last = Some(id);
        }
        let Some(line) = list.last_mut() else { continue };
        line.votes |= votes;
        line.held.push((class.clone(), starts_at, ends_at));
        if !line.classes.contains(&class) {
            line.classes.push(class);
        }
    }
    Ok(list)
}
