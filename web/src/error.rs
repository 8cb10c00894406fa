//! The one error type of requests. Library crates have their own; command line and worker use `anyhow`.
//!
//! Only `Internal` is logged as an error, once, at the edge, with the reference number that the page shows.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use folkmoot_store::diesel::result::Error as DieselError;
use folkmoot_store::{StoreError, TransactionFailure};

use crate::http::forms::FieldErrors;

/// Result of a handler's parts.
pub type AppResult<T> = Result<T, AppError>;

/// What the person meets.
#[derive(Debug)]
pub enum Kind {
    /// 404: there is nothing here, or nothing this viewer may know of.
    NotFound,
    /// 403: signed in, but not allowed; the text says what is missing.
    Forbidden(String),
    /// 401 or a redirect to the sign-in page.
    NeedsLogin,
    /// The person must prove again who they are (step-up); pages lead there and back.
    NeedsProof,
    /// The person must sign in with a second factor, because they hold a role.
    NeedsSecondFactor,
    /// 422: fields that need correction. Pages usually show their form again instead.
    Invalid(FieldErrors),
    /// 409: the state changed meanwhile, or the act does not fit the state; the text says what to do.
    Conflict(String),
    /// 429: too often; try again after so many seconds.
    TooMany(u32),
    /// 503: for the moment.
    Unavailable(String),
    /// 500: our fault.
    Internal,
}

/// An error with its cause. The cause is logged, never shown.
#[derive(Debug)]
pub struct AppError {
    /// What the person meets.
    pub kind: Kind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl AppError {
    /// An error without a cause to log.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self { kind, source: None }
    }

    /// 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound)
    }

    /// 403 with a sentence.
    #[must_use]
    pub fn forbidden(why: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden(why.into()))
    }

    /// 409 with a sentence.
    #[must_use]
    pub fn conflict(why: impl Into<String>) -> Self {
        Self::new(Kind::Conflict(why.into()))
    }

    /// 503 with a sentence.
    #[must_use]
    pub fn unavailable(why: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable(why.into()))
    }

    /// 500 with the cause for the log.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind: Kind::Internal, source: Some(cause.into()) }
    }

    /// The cause, for the log.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync)> {
        self.source.as_deref()
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.kind, &self.source) {
            (Kind::NotFound, _) => f.write_str("not found"),
            (Kind::Forbidden(why) | Kind::Conflict(why) | Kind::Unavailable(why), None) => f.write_str(why),
            (Kind::NeedsLogin, _) => f.write_str("signing in is needed"),
            (Kind::NeedsProof, _) => f.write_str("a fresh proof of identity is needed"),
            (Kind::NeedsSecondFactor, _) => f.write_str("a second factor is needed"),
            (Kind::Invalid(errors), _) => write!(f, "invalid input: {errors}"),
            (Kind::TooMany(seconds), _) => write!(f, "too many requests, wait {seconds} s"),
            (_, Some(cause)) => write!(f, "{cause}"),
            (Kind::Internal, None) => f.write_str("internal error"),
        }
    }
}

impl std::error::Error for AppError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Query(e) => e.into(),
            StoreError::Busy(_) => Self {
                kind: Kind::Unavailable("The database is busy.".into()),
                source: Some(Box::new(error)),
            },
            other => Self::internal(other),
        }
    }
}

/// Whether the database says that it is locked or that the disk is full: both pass, and nothing was stored (requirements REL-03
/// and REL-05).
fn cannot_store(message: &str) -> bool {
    ["database is locked", "database or disk is full", "No space left on device"]
        .iter()
        .any(|words| message.contains(words))
}

impl From<DieselError> for AppError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self { kind: Kind::NotFound, source: Some(Box::new(error)) },
            DieselError::DatabaseError(_, ref found) if cannot_store(found.message()) => Self {
                kind: Kind::Unavailable(
                    "The server cannot store anything at this moment; nothing was changed.".into(),
                ),
                source: Some(Box::new(error)),
            },
            other => Self::internal(other),
        }
    }
}

impl From<FieldErrors> for AppError {
    fn from(errors: FieldErrors) -> Self {
        Self::new(Kind::Invalid(errors))
    }
}

impl From<askama::Error> for AppError {
    fn from(error: askama::Error) -> Self {
        Self::internal(error)
    }
}

impl TransactionFailure for AppError {
    fn database_error(&self) -> Option<&DieselError> {
        self.source.as_deref().and_then(|e| e.downcast_ref::<DieselError>())
    }
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        match self.kind {
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Forbidden(_) | Kind::NeedsProof | Kind::NeedsSecondFactor => StatusCode::FORBIDDEN,
            Kind::NeedsLogin => StatusCode::UNAUTHORIZED,
            Kind::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Conflict(_) => StatusCode::CONFLICT,
            Kind::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Kind::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A bare answer; the guard of the route replaces it by a page or by JSON.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).finish()
    }
}
