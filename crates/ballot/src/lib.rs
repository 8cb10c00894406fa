//! The Belenios version 1 ballot protocol: ballots, mixnet, trustees, archive, a strict verifier, receipts.
//!
//! Elections made with this crate are verified by the independent `belenios-tool`, and its elections by this crate,
//! which accepts less: one spelling of every object, one order of events, no identity as a key, no element outside
//! the prime-order group. The notation below is that of the Belenios specification, multiplicative for the elliptic
//! curve too.
//!
//! # An election in one page
//!
//! ```
//! use folkmoot_ballot::archive::{EventKind, Writer, owned, setup_data};
//! use folkmoot_ballot::credential::{Credential, write_roll};
//! use folkmoot_ballot::decryption::{Decryptions, PartialDecryption};
//! use folkmoot_ballot::election::{Draft, random_identifier};
//! use folkmoot_ballot::group::Ed25519;
//! use folkmoot_ballot::question::{Homomorphic, Question};
//! use folkmoot_ballot::result::ElectionResult;
//! use folkmoot_ballot::tally::Accumulator;
//! use folkmoot_ballot::trustee::{SecretKey, Trustee, TrusteeKey, Trustees};
//! use folkmoot_ballot::verify::{Options, verify_archive};
//! use folkmoot_ballot::ballot;
//! # use rand_core::{TryCryptoRng, TryRng};
//! # struct System;
//! # impl TryRng for System {
//! #     type Error = std::convert::Infallible;
//! #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(4) }
//! #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(4) }
//! #     fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> { to.fill(4); Ok(()) }
//! # }
//! # impl TryCryptoRng for System {}
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # // Stuck on purpose, so that the example is the same every time.
//! # let mut rng = folkmoot_ballot::random::Hedged::new(&mut System, "example", &[]);
//! // Two trustees, each with a key x_j and a proof of knowing it; the election key is y = X_1·X_2.
//! let secrets = [SecretKey::<Ed25519>::random(&mut rng), SecretKey::random(&mut rng)];
//! let keys = secrets.iter().map(|x| Trustee::Single(TrusteeKey::prove(x, &mut rng)));
//! let trustees = Trustees::new(keys.collect());
//! let question = Question::Homomorphic(Homomorphic {
//!     question: "Who chairs the board?".into(),
//!     answers: vec!["Ada".into(), "Grace".into()],
//!     blank: false, min: 0, max: 1,
//! });
//! let draft = Draft {
//!     name: "Chair".into(), description: String::new(), uuid: random_identifier(&mut rng),
//!     questions: vec![question], administrator: None, credential_authority: None,
//! };
//! let election = draft.finish::<Ed25519>(&trustees.election_key())?;
//!
//! // Three voters; only their public credentials S = g^s are published.
//! let voters: Vec<Credential> = (0..3).map(|_| Credential::generate(&mut rng)).collect();
//! let roll: Vec<_> = voters.iter().map(|c| (c.public::<Ed25519>(election.uuid()), 1)).collect();
//!
//! let mut archive = Writer::create(Vec::new(), 0)?;
//! let (trustees_json, roll) = (trustees.to_json(), write_roll::<Ed25519>(&roll));
//! let data = setup_data(election.raw(), trustees_json.as_bytes(), roll.as_bytes());
//! archive.append(EventKind::Setup,
//!     &[election.raw(), trustees_json.as_bytes(), roll.as_bytes(), data.as_bytes()])?;
//!
//! // Ballots are encrypted and proved by the voters, and checked before they are accepted.
//! let mut sum = Accumulator::new(election.questions());
//! for (number, (voter, choice)) in voters.iter().zip([[1, 0], [0, 1], [1, 0]]).enumerate() {
//!     let sealed = ballot::encrypt(&election, voter, &[choice.to_vec()], &mut rng)?;
//!     let checked = ballot::verify(&election, sealed.as_bytes())?;
//!     sum.cast(number as u64, 1, &checked.ciphertexts, None)?;
//!     archive.append(EventKind::Ballot, &[sealed.as_bytes()])?;
//! }
//!
//! // The product of the ballots is decrypted; no single ballot ever is.
//! let tally = sum.finish();
//! let (json, sized) = (tally.to_json(), sum.sized(&tally.to_json()).to_json());
//! archive.append(EventKind::EndBallots, &[])?;
//! archive.append(EventKind::EncryptedTally, &[json.as_bytes(), sized.as_bytes()])?;
//! let mut decryptions = Decryptions::new(election.fingerprint(), &trustees, tally.shape.clone());
//! for (owner, secret) in (1..).zip(&secrets) {
//!     let share = PartialDecryption::prove(election.fingerprint(), secret, &tally.shape, &mut rng).to_json();
//!     decryptions.submit(owner, share.as_bytes())?;
//!     let owned = owned(owner, share.as_bytes());
//!     archive.append(EventKind::PartialDecryption, &[share.as_bytes(), owned.as_bytes()])?;
//! }
//! let opened = decryptions.combine()?;
//! let result = ElectionResult::decode::<Ed25519>(election.questions(), &opened, sum.total_weight())?;
//! archive.append(EventKind::Result, &[result.to_json().as_bytes()])?;
//!
//! // Anybody can check the whole election from the archive alone.
//! let archive = archive.into_inner();
//! let report = verify_archive(std::io::Cursor::new(&archive), &Options::default(), &mut ())?;
//! assert!(report.is_valid());
//! assert_eq!(report.result.unwrap().value_json(), "[[2,1]]");
//! # Ok(())
//! # }
//! ```
//!
//! # The mathematics
//!
//! Let *G* be a [group](group::Group) of prime order *q* with generator *g*; H is SHA-256 read as an integer modulo
//! *q*; φ is the [fingerprint](election::Election::fingerprint), the hash of the election object's bytes.
//!
//! | object | construction |
//! |---|---|
//! | [credential] | *s* derived from the voter's code and the election; *S = g^s* is published |
//! | [election key](trustee) | *y = ∏ X_j*; *X_j = g^x_j* with a proof of knowing *x_j*; of a threshold group, *X_j = ∏_i ∏_k coefexps_i\[k\]^(j^k)* |
//! | [ciphertext](elgamal) | *α = g^r*, *β = y^r·g^m* (a choice), or *β = y^r·ξ* with *ξ* the embedding of the ranks |
//! | proof that *m* ∈ {M_0..M_k} | commitments *A_j = g^r_j·α^c_j*, *B_j = y^r_j·(β/g^M_j)^c_j*; *∑ c_j = H(prove\|φ\|S\|α,β\|A_0,B_0,..,A_k,B_k)* |
//! | ballot [signature](proof) | *c = H(sig\|hash of the ballot\|g^r·S^c)* |
//! | [tally] | *∏ (α,β)^weight* over the last ballot of every credential; or the sorted ciphertexts of a mixed question |
//! | [shuffle](mixnet) | *e'_i* re-encrypts *e_ψ(i)*; argument of Terelius and Wikström |
//! | [decryption] | *F_j = α^x_j* with *c = H(decrypt\|φ\|X_j\|g^r·X_j^c, α^r·F_j^c)*; *F = ∏ F_j^λ_j*; *g^count = β/F* |
//! | [archive] | events, each naming the hash of the one before; everything is named by its SHA-256 |
//!
//! Responses are *r = w - x·c* everywhere but in the shuffle, where they are *w + x·c*.
//!
//! # What each check stops
//!
//! | check | without it |
//! |---|---|
//! | canonical encoding, one spelling of every object | one ballot under several trackers; a copy that is not found to be one |
//! | membership of every element | a component of small order carries a mark through the tally, or breaks a proof with probability 1/2 |
//! | identity refused as key, credential, commitment | a key that everybody knows; ballots signed by nobody |
//! | credential known, signature over the whole ballot | stuffing; answers moved between ballots |
//! | φ and *S* in every challenge | copying somebody's answers; replaying ballots of another election |
//! | individual, overall and blank proofs | a thousand votes in one ballot; negative votes; blank and a choice at once |
//! | proof of knowing *r* for mixed questions | somebody's ranking copied and thereby read after decryption |
//! | no object twice | an old ballot put back over a newer one |
//! | order of events, one chain | ballots hidden behind a second end of voting; a result before its decryptions |
//! | tally recomputed, counts compared | dropped or added ballots; a false turnout for a quorum |
//! | shuffle proofs, owners, generators derived here | replaced or linked rankings |
//! | decryption proofs, distinct owners | a false result; a record that reads two ways |
//! | result bounded by the total weight | counts that are right modulo *q* only |
//!
//! # What is protected, and from whom
//!
//! *Secrecy* holds against everybody but the trustees, and against fewer trustees than are needed to decrypt. For
//! mixed questions it also needs one honest shuffle. Trustees must verify the archive before they shuffle or decrypt:
//! [`verify::Standing`] gives access to these steps only after a complete verification. *Correctness* holds against
//! everybody, the server and all trustees together included, as long as one person verifies the archive. A server can
//! still refuse or drop ballots, which [receipts](receipt) make evident; whoever holds a voter's credential can vote
//! for them; and a spying device of the voter sees the vote. Nobody is protected from being watched while voting,
//! except by voting again. The protocol has no secrecy for ever: whoever breaks the group later reads the ballots.
//!
//! Secrets go through constant-time operations; those named `vartime_` are for public data. Secret scalars are wiped
//! and never printed. Nonces are drawn from the system's randomness mixed with the secret and the message
//! ([`random::Hedged`]), so a bad generator does not give keys away. Two exceptions to constant time are inherent in
//! the protocol: embedding ranks searches for a member, and the base58 text of credentials and the decimal text of
//! keys are converted once when they are read or shown.
//!
//! No input makes this crate panic, and memory is bounded by [`archive::Limits`] and, for a verification, by some 150
//! bytes per credential and 50 per ballot. `fuzz/` holds a target for every reader.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod archive;
pub mod ballot;
pub mod credential;
pub mod decryption;
pub mod election;
pub mod elgamal;
pub mod group;
pub mod hash;
pub mod json;
pub mod mixnet;
pub mod proof;
pub mod question;
pub mod random;
pub mod receipt;
pub mod result;
pub mod shape;
pub mod tally;
pub mod trustee;
pub mod verify;

#[cfg(test)]
mod testing;
