//! Column types: ids, public ids, JSON text, enums as text.

use std::fmt;

use diesel::result::Error as DieselError;
use diesel::sql_types::Text;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use crate::utc::Utc;

/// Gives a tuple struct the column type of its only field, for every database at once.
#[macro_export]
macro_rules! column_type {
    ($name:ident($inner:ty) as $sql:ty) => {
        impl<DB: $crate::diesel::backend::Backend> $crate::diesel::serialize::ToSql<$sql, DB> for $name
        where
            $inner: $crate::diesel::serialize::ToSql<$sql, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut $crate::diesel::serialize::Output<'b, '_, DB>,
            ) -> $crate::diesel::serialize::Result {
                <$inner as $crate::diesel::serialize::ToSql<$sql, DB>>::to_sql(&self.0, out)
            }
        }

        impl<DB: $crate::diesel::backend::Backend> $crate::diesel::deserialize::FromSql<$sql, DB> for $name
        where
            $inner: $crate::diesel::deserialize::FromSql<$sql, DB>,
        {
            fn from_sql(
                value: <DB as $crate::diesel::backend::Backend>::RawValue<'_>,
            ) -> $crate::diesel::deserialize::Result<Self> {
                <$inner as $crate::diesel::deserialize::FromSql<$sql, DB>>::from_sql(value).map(Self)
            }
        }
    };
}

/// Declares key types over `BIGINT`, so that the key of one table cannot be handed in for that of another.
///
/// ```
/// folkmoot_store::row_ids! {
///     /// Key of a member.
///     MemberId,
/// }
/// assert_eq!(MemberId(7).to_string(), "7");
/// ```
#[macro_export]
macro_rules! row_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[derive($crate::diesel::expression::AsExpression, $crate::diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = $crate::diesel::sql_types::BigInt)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        $crate::column_type!($name(i64) as $crate::diesel::sql_types::BigInt);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

/// Declares an enum kept as `TEXT`. The texts are part of the schema: never change one without a migration.
///
/// Besides the column conversions it has `ALL`, `as_str`, and `FromStr` that fails with the list of known texts.
///
/// ```
/// folkmoot_store::text_enum! {
///     /// State of a mail.
///     pub enum MailState {
///         /// Waiting to be sent.
///         Queued = "queued",
///         /// Accepted by the relay.
///         Sent = "sent",
///     }
/// }
/// assert_eq!("sent".parse::<MailState>().unwrap(), MailState::Sent);
/// assert!("lost".parse::<MailState>().unwrap_err().contains("queued, sent"));
/// ```
#[macro_export]
macro_rules! text_enum {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[derive($crate::diesel::expression::AsExpression, $crate::diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = $crate::diesel::sql_types::Text)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text kept in the database and used in addresses and JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(format!("unknown value {text:?}; known: {}", [$($text),+].join(", "))),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<DB: $crate::diesel::backend::Backend>
            $crate::diesel::serialize::ToSql<$crate::diesel::sql_types::Text, DB> for $name
        where
            str: $crate::diesel::serialize::ToSql<$crate::diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut $crate::diesel::serialize::Output<'b, '_, DB>,
            ) -> $crate::diesel::serialize::Result {
                <str as $crate::diesel::serialize::ToSql<$crate::diesel::sql_types::Text, DB>>::to_sql(
                    self.as_str(),
                    out,
                )
            }
        }

        // From SQLite without a copy of the text: a roll of 10,000 people has 30,000 of them.
        impl
            $crate::diesel::deserialize::FromSql<
                $crate::diesel::sql_types::Text,
                $crate::diesel::sqlite::Sqlite,
            > for $name
        {
            fn from_sql(
                mut value: <$crate::diesel::sqlite::Sqlite as $crate::diesel::backend::Backend>::RawValue<'_>,
            ) -> $crate::diesel::deserialize::Result<Self> {
                Ok(value.read_text().parse()?)
            }
        }

        impl $crate::diesel::deserialize::FromSql<$crate::diesel::sql_types::Text, $crate::diesel::pg::Pg>
            for $name
        {
            fn from_sql(
                value: <$crate::diesel::pg::Pg as $crate::diesel::backend::Backend>::RawValue<'_>,
            ) -> $crate::diesel::deserialize::Result<Self> {
                Ok(std::str::from_utf8(value.as_bytes())?.parse()?)
            }
        }

        impl
            $crate::diesel::deserialize::FromSql<$crate::diesel::sql_types::Text, $crate::conn::MultiBackend>
            for $name
        {
            fn from_sql(
                value: <$crate::conn::MultiBackend as $crate::diesel::backend::Backend>::RawValue<'_>,
            ) -> $crate::diesel::deserialize::Result<Self> {
                value.from_sql::<Self, $crate::diesel::sql_types::Text>()
            }
        }
    };
}

/// An id that may be shown in addresses and files: a UUID of version 7, kept as lower-case text.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = Text)]
#[serde(transparent)]
pub struct PublicId(String);

column_type!(PublicId(String) as Text);

impl PublicId {
    /// Makes the id from an instant (milliseconds are visible in it) and ten random bytes.
    #[must_use]
    pub fn new(now: Utc, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.micros() / 1000).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string())
    }

    /// Reads an id from an address; `None` unless it is a UUID in its usual lower-case form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = uuid::Uuid::try_parse(text).ok()?.to_string();
        (id == text).then_some(Self(id))
    }

    /// The text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// JSON kept in a `TEXT` column.
#[derive(Debug, Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct JsonText(String);

column_type!(JsonText(String) as Text);

impl JsonText {
    /// Serialises `value`.
    ///
    /// # Errors
    /// A diesel serialisation error when `value` has no JSON form.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, DieselError> {
        serde_json::to_string(value).map(Self).map_err(|e| DieselError::SerializationError(e.into()))
    }

    /// Deserialises the text.
    ///
    /// # Errors
    /// A diesel deserialisation error when the text does not fit `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, DieselError> {
        serde_json::from_str(&self.0).map_err(|e| DieselError::DeserializationError(e.into()))
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

row_ids! {
    /// Key of a person.
    PersonId,
}
