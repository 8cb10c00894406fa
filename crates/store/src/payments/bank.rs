//! Statements of the bank: incoming lines, each once, and the payment each was matched with.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::PaymentId;
use crate::schema::{bank_imports, bank_lines};
use crate::{Conn, PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a statement.
    BankImportId,
    /// Key of a line.
    BankLineId,
}

crate::text_enum! {
    /// What was decided about a line.
    pub enum BankLineState {
        /// Nothing so far.
        Open = "open",
        /// It is a payment.
        Matched = "matched",
        /// It is none of ours to match, for example rent or a donation.
        SetAside = "set_aside",
    }
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct BankImport {
    /// Key.
    pub id: BankImportId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// What staff call it.
    pub name: String,
    /// Who.
    pub imported_by: PersonId,
    /// When.
    pub created_at: Utc,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct BankLine {
    /// Key.
    pub id: BankLineId,
    /// Of which statement.
    pub import_id: BankImportId,
    /// Line in the file.
    pub line_number: i64,
    /// Day in the bank's books.
    pub booked_on: NaiveDate,
    /// In minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Payer and purpose as the bank wrote them.
    pub words: String,
    /// The same for the same line in another statement.
    pub key: String,
    /// What was decided.
    pub state: BankLineState,
    /// The payment it belongs to.
    pub payment_id: Option<PaymentId>,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Utc>,
}

/// What is needed to keep a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBankLine {
    /// Line in the file.
    pub line_number: i64,
    /// Day in the bank's books.
    pub booked_on: NaiveDate,
    /// In minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Payer and purpose as the bank wrote them.
    pub words: String,
    /// The same for the same line in another statement.
    pub key: String,
}

/// Keeps a statement with those of its lines that no earlier one had; returns how many were new.
///
/// # Errors
/// A database error.
pub fn import(
    conn: &mut Conn,
    public_id: &PublicId,
    name: &str,
    lines: &[NewBankLine],
    by: PersonId,
    now: Utc,
) -> QueryResult<usize> {
    let id: BankImportId = diesel::insert_into(bank_imports::table)
        .values((
            bank_imports::public_id.eq(public_id),
            bank_imports::name.eq(name),
            bank_imports::imported_by.eq(by),
            bank_imports::created_at.eq(now),
        ))
        .returning(bank_imports::id)
        .get_result(conn)?;
    let mut new = 0;
    for line in lines {
        let known: i64 =
            bank_lines::table.filter(bank_lines::line_key.eq(&line.key)).count().get_result(conn)?;
        if known > 0 {
            continue;
        }
        diesel::insert_into(bank_lines::table)
            .values((
                bank_lines::import_id.eq(id),
                bank_lines::line_number.eq(line.line_number),
                bank_lines::booked_on.eq(line.booked_on),
                bank_lines::amount_minor.eq(line.amount_minor),
                bank_lines::currency.eq(&line.currency),
                bank_lines::words.eq(&line.words),
                bank_lines::line_key.eq(&line.key),
                bank_lines::state.eq(BankLineState::Open),
            ))
            .execute(conn)?;
        new += 1;
    }
    Ok(new)
}

/// Statements, the latest first, at most `limit`, with how many of their lines are open.
///
/// # Errors
/// A database error.
pub fn imports(conn: &mut Conn, limit: i64) -> QueryResult<Vec<(BankImport, i64)>> {
    let rows: Vec<BankImport> = bank_imports::table.order(bank_imports::id.desc()).limit(limit).load(conn)?;
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let open = bank_lines::table
            .filter(bank_lines::import_id.eq(row.id))
            .filter(bank_lines::state.eq(BankLineState::Open))
            .count()
            .get_result(conn)?;
        out.push((row, open));
    }
    Ok(out)
}

/// A statement with its lines in the order of the file.
///
/// # Errors
/// `NotFound` when there is none.
pub fn one(conn: &mut Conn, id: &PublicId) -> QueryResult<(BankImport, Vec<BankLine>)> {
    let import: BankImport = bank_imports::table.filter(bank_imports::public_id.eq(id)).first(conn)?;
    let lines = bank_lines::table
        .filter(bank_lines::import_id.eq(import.id))
        .order(bank_lines::line_number)
        .load(conn)?;
    Ok((import, lines))
}

/// Decides about an open line; false when somebody decided before.
///
/// # Errors
/// A database error.
pub fn decide(
    conn: &mut Conn,
    line: BankLineId,
    state: BankLineState,
    payment: Option<PaymentId>,
    by: PersonId,
    now: Utc,
) -> QueryResult<bool> {
    let open = bank_lines::table.find(line).filter(bank_lines::state.eq(BankLineState::Open));
    let changed = diesel::update(open)
        .set((
            bank_lines::state.eq(state),
            bank_lines::payment_id.eq(payment),
            bank_lines::decided_by.eq(Some(by)),
            bank_lines::decided_at.eq(Some(now)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// How many lines nobody decided about.
///
/// # Errors
/// A database error.
pub fn count_open(conn: &mut Conn) -> QueryResult<i64> {
    bank_lines::table.filter(bank_lines::state.eq(BankLineState::Open)).count().get_result(conn)
}

/// Blanks what the bank wrote about the payments of a person: names and account numbers go, day and amount stay.
///
/// # Errors
/// A database error.
pub fn forget_person(conn: &mut Conn, person: PersonId) -> QueryResult<usize> {
    use crate::schema::payments;
    let own = payments::table.filter(payments::person_id.eq(person)).select(payments::id.nullable());
    let ids: Vec<Option<PaymentId>> = own.load(conn)?;
    diesel::update(bank_lines::table.filter(bank_lines::payment_id.eq_any(ids.into_iter().flatten())))
        .set(bank_lines::words.eq(""))
        .execute(conn)
}
