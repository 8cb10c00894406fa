//! Forms: what was typed, what is wrong with it, and how one becomes a value of the domain.
//!
//! A handler lists the fields it knows ([`Form::only`], requirement AZ-04), checks them with [`Check`], and on errors shows
//! the same page again with the typed values kept.

use std::fmt;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use std::future::{Ready, ready};

use super::context::Ctx;
use super::csrf;
use crate::error::{AppError, AppResult};

/// Beginning of the names of fields that prove who somebody is, on top of the form they interrupted.
pub const PROOF: &str = "proof-";

/// Something wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Name and id of the field.
    pub field: String,
    /// One sentence that says what to do.
    pub message: String,
}

/// Mistakes in the order of the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    /// One mistake.
    pub fn one(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds a mistake.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }

    /// True when nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, e) in self.0.iter().enumerate() {
            let mark = if i == 0 { "" } else { "; " };
            write!(f, "{mark}{}: {}", e.field, e.message)?;
        }
        Ok(())
    }
}

/// What was typed and what is wrong with it; the templates' `form`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    values: Vec<(String, String)>,
    /// Mistakes in the order of the page.
    pub errors: Vec<FieldError>,
}

impl Form {
    /// An empty form, for the first showing of a page.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A form filled with known values, for pages that change something.
    #[must_use]
    pub fn filled<N: Into<String>, V: Into<String>>(values: impl IntoIterator<Item = (N, V)>) -> Self {
        Self { values: values.into_iter().map(|(n, v)| (n.into(), v.into())).collect(), errors: Vec::new() }
    }

    /// Whether a field of this name was sent, even empty.
    #[must_use]
    pub fn has_field(&self, name: &str) -> bool {
        self.values.iter().any(|(n, _)| n == name)
    }

    /// With values for the other forms of its page.
    #[must_use]
    pub fn beside(mut self, others: Vec<(String, String)>) -> Self {
        self.values.extend(others);
        self
    }

    /// Parses `application/x-www-form-urlencoded`. Fields of a proof of identity that travelled with the form are left out.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let mut form = Self::parse_whole(body);
        form.values.retain(|(name, _)| !name.starts_with(PROOF));
        form
    }

    /// The fields of a form that carried files.
    pub(super) fn sent_with_files(mut values: Vec<(String, String)>) -> Self {
        values.retain(|(name, _)| !name.starts_with(PROOF));
        Self { values, errors: Vec::new() }
    }

    pub(crate) fn parse_whole(body: &[u8]) -> Self {
        Self::filled(url::form_urlencoded::parse(body))
    }

    /// Refuses fields the page does not have (requirement AZ-04). The names end in `*` for families such as `choice-*`.
    ///
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn only(self, names: &[&str]) -> AppResult<Self> {
        let known = |name: &str| {
            name == csrf::FIELD
                || names.iter().any(|n| match n.strip_suffix('*') {
                    Some(start) => name.starts_with(start),
                    None => *n == name,
                })
        };
        match self.values.iter().find(|(name, _)| !known(name)) {
            None => Ok(self),
            Some((name, _)) => {
                let short: String = name.chars().take(40).collect();
                Err(AppError::from(FieldErrors::one(short, "This page has no such field.")))
            }
        }
    }

    /// The last value sent under `name`, without white space around it; empty when none was sent.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().rev().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }

    /// The last value as sent, for passwords.
    #[must_use]
    pub fn raw(&self, name: &str) -> &str {
        self.values.iter().rev().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// Every value sent under `name`, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.trim())
    }

    /// Every name and value, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(n, v)| (n.as_str(), v.trim()))
    }

    /// Every name and value as sent, white space included.
    pub(crate) fn sent(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// True when a radio or checkbox with this value was chosen.
    #[must_use]
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.values.iter().any(|(n, v)| n == name && v == value)
    }

    /// The message for a field; empty when it is fine.
    #[must_use]
    pub fn error(&self, name: &str) -> &str {
        self.errors.iter().find(|e| e.field == name).map_or("", |e| &e.message)
    }

    /// The form with its mistakes, for showing again.
    #[must_use]
    pub fn with(mut self, errors: FieldErrors) -> Self {
        self.errors = errors.0;
        self
    }
}

impl FromRequest for Form {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ctx::of(req).map(|ctx| ctx.form()))
    }
}

/// Collects values and mistakes field by field.
///
/// ```
/// use folkmoot::http::{Check, Form};
/// let form = Form::filled([("seats", "four")]);
/// let mut check = Check::new(&form);
/// let seats = check.field("seats", |t| t.parse::<u32>().map_err(|_| "Enter the number of seats, for example 4."));
/// assert_eq!(seats, None);
/// assert_eq!(check.finish().unwrap_err().0[0].field, "seats");
/// ```
#[derive(Debug)]
pub struct Check<'a> {
    form: &'a Form,
    errors: FieldErrors,
}

impl<'a> Check<'a> {
    /// Starts with no mistakes.
    #[must_use]
    pub fn new(form: &'a Form) -> Self {
        Self { form, errors: FieldErrors::default() }
    }

    /// Parses one field; `None` when it is wrong, and the mistake is noted.
    pub fn field<T, E: Into<String>>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(self.form.value(name)) {
            Ok(value) => Some(value),
            Err(message) => {
                self.errors.add(name, message);
                None
            }
        }
    }

    /// Like [`Check::field`] without trimming, for passwords.
    pub fn raw<T, E: Into<String>>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(self.form.raw(name)) {
            Ok(value) => Some(value),
            Err(message) => {
                self.errors.add(name, message);
                None
            }
        }
    }

    /// A text of 1 to `most` characters.
    pub fn text(&mut self, name: &str, most: usize, missing: &str) -> Option<String> {
        self.field(name, |t| if t.is_empty() { Err(missing.to_owned()) } else { limited(t, most) })
    }

    /// A text of 0 to `most` characters.
    pub fn optional_text(&mut self, name: &str, most: usize) -> Option<String> {
        self.field(name, |t| limited(t, most))
    }

    /// Notes a mistake found by comparing fields.
    pub fn add(&mut self, name: &str, message: impl Into<String>) {
        self.errors.add(name, message);
    }

    /// `Ok` when nothing was wrong.
    ///
    /// # Errors
    /// The mistakes.
    pub fn finish(self) -> Result<(), FieldErrors> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }

    /// The mistakes, for the branch in which a value is missing.
    #[must_use]
    pub fn errors(self) -> FieldErrors {
        self.errors
    }
}

fn limited(text: &str, most: usize) -> Result<String, String> {
    // Browsers send two characters for a line break; people see one.
    let text = text.replace("\r\n", "\n");
    let length = text.chars().count();
    if length > most {
        Err(format!("Use at most {most} characters; this has {length}."))
    } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        Err("Remove the control characters.".to_owned())
    } else {
        Ok(text)
    }
}
