//! The election object, its fingerprint, and the form in which it is written (protocol 2.4).

use crate::group::{ElementError, Group, GroupId};
use crate::hash::Hash;
use crate::json::{ReadError, Value, write_string};
use crate::question::{MAX_QUESTIONS, Question};

/// Characters of an identifier: Base58.
pub(crate) const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Why an election object was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ElectionError {
    /// Not the JSON of an election.
    #[error("the election object cannot be read: {0}")]
    Malformed(#[from] ReadError),
    /// Not version 1 of the protocol.
    #[error("the election uses version {0} of the protocol; this software knows version 1")]
    Version(u64),
    /// A group that is not compiled in.
    #[error("the group \"{0}\" is unknown; known are Ed25519, BELENIOS-2048 and RFC-3526-2048")]
    UnknownGroup(String),
    /// The election key is not a key.
    #[error("the election key is refused: {0}")]
    Key(ElementError),
    /// The identifier is not at least 14 and at most 64 Base58 characters.
    #[error("the identifier \"{0}\" is not 14 to 64 Base58 characters")]
    Identifier(String),
    /// A non-homomorphic question in a group without an embedding, or with more answers than fit.
    #[error("question {question}: {error}")]
    Embedding {
        /// Number of the question, from 1.
        question: usize,
        /// Why its answers do not fit.
        error: crate::group::EmbedError,
    },
    /// No question, or too many.
    #[error("an election has between 1 and {MAX_QUESTIONS} questions, this one has {0}")]
    Questions(usize),
}

/// An election as everybody sees it: the questions, the key, and the fingerprint that binds every proof.
#[derive(Clone, Debug)]
pub struct Election<G: Group> {
    raw: Vec<u8>,
    fingerprint: String,
    uuid: String,
    name: String,
    description: String,
    questions: Vec<Question>,
    key_text: String,
    key: G::FixedBase,
    oddities: Vec<String>,
}

/// Tells which group an election object uses, before it is read with that group's type.
///
/// # Errors
/// Text that is no JSON object with a known group.
pub fn group_of(raw: &[u8]) -> Result<GroupId, ElectionError> {
    let value = Value::parse(raw)?;
    let name = value.field("group")?.as_str()?;
    GroupId::from_name(name).ok_or_else(|| ElectionError::UnknownGroup(name.to_owned()))
}

/// Whether a text is an election identifier: 14 to 64 Base58 characters.
pub fn is_identifier(text: &str) -> bool {
    (14..=64).contains(&text.len()) && text.chars().all(|c| BASE58.contains(c))
}

/// A fresh identifier of 14 Base58 characters.
pub fn random_identifier(rng: &mut dyn rand_core::CryptoRng) -> String {
    crate::credential::random_base58(rng, 14).to_string()
}

impl<G: Group> Election<G> {
    /// Reads an election object. Another spelling than the canonical one is kept as an oddity, not refused: the
    /// fingerprint is the hash of the raw bytes whatever they look like.
    ///
    /// # Errors
    /// See [`ElectionError`].
    pub fn parse(raw: &[u8]) -> Result<Self, ElectionError> {
        let value = Value::parse(raw)?;
        let mut oddities = Vec::new();
        if value.to_text().as_bytes() != raw {
            oddities.push("it is not written in the canonical form of JSON".to_owned());
        }
        let version = value.field("version")?.as_natural()?;
        if version != 1 {
            return Err(ElectionError::Version(version));
        }
        let group = value.field("group")?.as_str()?;
        if group != G::NAME {
            return Err(ElectionError::UnknownGroup(group.to_owned()));
        }
        let uuid = value.field("uuid")?.as_str()?.to_owned();
        if !is_identifier(&uuid) {
            return Err(ElectionError::Identifier(uuid));
        }
        let key_text = value.field("public_key")?.as_str()?.to_owned();
        let key = G::decode_key(&key_text).map_err(ElectionError::Key)?;
        let mut unknown: Vec<String> =
            value.names().iter().filter(|n| !FIELDS.contains(n)).map(|n| (*n).to_owned()).collect();
        let items = value.field("questions")?.as_array()?;
        if items.is_empty() || items.len() > MAX_QUESTIONS {
            return Err(ElectionError::Questions(items.len()));
        }
        let questions =
            items.iter().map(|q| Question::read(q, &mut unknown)).collect::<Result<Vec<_>, _>>()?;
        check_embedding::<G>(&questions)?;
        oddities.extend(unknown.iter().map(|name| format!("it has the unknown field \"{name}\"")));
        Ok(Self {
            raw: raw.to_vec(),
            fingerprint: Hash::of(raw).base64(),
            uuid,
            name: value.field("name")?.as_str()?.to_owned(),
            description: value.field("description")?.as_str()?.to_owned(),
            questions,
            key_text,
            key: G::fixed_base(&key),
            oddities,
        })
    }

    /// The bytes that the fingerprint is the hash of.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }
    /// phi, the fingerprint: base64-compact SHA-256 of the raw bytes.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
    /// The identifier.
    pub fn uuid(&self) -> &str {
        &self.uuid
    }
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The description.
    pub fn description(&self) -> &str {
        &self.description
    }
    /// The questions in order.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }
    /// y, the election key, with its table.
    pub fn key(&self) -> &G::FixedBase {
        &self.key
    }
    /// The election key as text.
    pub fn key_text(&self) -> &str {
        &self.key_text
    }
    /// What is unusual about the object without making it invalid; sentences for findings.
    pub fn oddities(&self) -> &[String] {
        &self.oddities
    }
    /// Indices of the non-homomorphic questions.
    pub fn mixed_questions(&self) -> Vec<usize> {
        (0..self.questions.len()).filter(|i| self.questions.get(*i).is_some_and(Question::is_mixed)).collect()
    }
}

const FIELDS: [&str; 10] = [
    "version",
    "description",
    "name",
    "group",
    "public_key",
    "questions",
    "uuid",
    "administrator",
    "credential_authority",
    "language",
];

fn check_embedding<G: Group>(questions: &[Question]) -> Result<(), ElectionError> {
    for (i, question) in questions.iter().enumerate() {
        let Question::NonHomomorphic(q) = question else { continue };
        // The lowest value of every answer, which fits whenever their number does.
        if let Err(error) = G::embed(&vec![0; q.answers.len()]) {
            return Err(ElectionError::Embedding { question: i + 1, error });
        }
    }
    Ok(())
}

/// An election before its key is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// A name in one line.
    pub name: String,
    /// A longer text.
    pub description: String,
    /// The identifier; see [`random_identifier`].
    pub uuid: String,
    /// The questions. [`Question::Lists`] is never offered.
    pub questions: Vec<Question>,
    /// Who runs the election.
    pub administrator: Option<String>,
    /// Who hands out the credentials.
    pub credential_authority: Option<String>,
}

impl Draft {
    /// The canonical election object for a key.
    ///
    /// # Errors
    /// Everything that [`Election::parse`] would refuse, and questions of lists.
    pub fn finish<G: Group>(&self, public_key: &G::Element) -> Result<Election<G>, ElectionError> {
        if self.questions.iter().any(|q| matches!(q, Question::Lists(_))) {
            return Err(ReadError::shape("questions of lists are read but never offered").into());
        }
        let mut out = String::from("{\"version\":1,\"description\":");
        write_string(&mut out, &self.description);
        out.push_str(",\"name\":");
        write_string(&mut out, &self.name);
        out.push_str(",\"group\":");
        write_string(&mut out, G::NAME);
        out.push_str(",\"public_key\":");
        write_string(&mut out, &G::encode(public_key));
        out.push_str(",\"questions\":[");
        for (i, question) in self.questions.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            question.write(&mut out);
        }
        out.push_str("],\"uuid\":");
        write_string(&mut out, &self.uuid);
        for (name, value) in
            [("administrator", &self.administrator), ("credential_authority", &self.credential_authority)]
        {
            if let Some(value) = value {
                out.push_str(&format!(",\"{name}\":"));
                write_string(&mut out, value);
            }
        }
        out.push('}');
        Election::parse(out.as_bytes())
    }
}
