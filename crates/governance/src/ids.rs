//! Identifiers: text that this crate compares and sorts, never interprets. A clone shares the text: the assessment of ten
//! thousand people names the same few classes, bodies and elections again and again.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text of the identifier.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// A person: one record, one vote, however many classes and addresses.
    PersonId
);
identifier!(
    /// A membership class, by the name that sentences show, for example `Supporting`.
    ClassId
);
identifier!(
    /// A body that is elected or decides, by the name that sentences show, for example `Board`.
    BodyId
);
identifier!(
    /// An election or vote, by the name that sentences show, for example `Board election 2026`.
    ElectionId
);
identifier!(
    /// A candidate, by the fixed identifier of the candidacy; display names live elsewhere.
    CandidateId
);
identifier!(
    /// An organisation that people are affiliated with, by the name that sentences show.
    OrganisationId
);
