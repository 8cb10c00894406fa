//! A trustee's side of a replay: what the trustee's page does, with the key in memory, or three people at browsers.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use folkmoot_ballot::group::{Group, Scalar};
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::proof::prove_knowledge;
use folkmoot_ballot::trustee::{CeremonyContext, Contribution, Member, SecretKey, Seed, parse_signed_list};
use folkmoot_ballot::verify::{Options, Standing};
use folkmoot_store::PersonId;
use folkmoot_store::elections;
use serde_json::{Value, json};

use super::client::Client;
use super::made::Made;
use crate::app::App;
use crate::elections::setup;
use crate::elections::trustees::readiness;
use crate::error::AppError;

/// Trustees of a replay, and how many of them are enough.
pub(super) const SIZE: usize = 3;
const THRESHOLD: usize = 2;

/// A trustee with what the key file would hold.
pub(super) struct TrusteeAtHome<G: Group> {
    app: App,
    person: PersonId,
    path: String,
    context: CeremonyContext,
    seed: Seed,
    contribution: Option<Contribution>,
    group: std::marker::PhantomData<G>,
}

/// Who holds the keys.
pub(super) enum Keyholders<G: Group> {
    /// This program.
    AtHome(Vec<TrusteeAtHome<G>>),
    /// Three people, whose sessions are in the file.
    Elsewhere(PathBuf),
}

impl<G: Group> Keyholders<G> {
    /// The ceremony and the rehearsal of all three.
    pub fn make_keys(&mut self, app: &App, made: &Made) -> anyhow::Result<()> {
        match self {
            Self::AtHome(trustees) => {
                for step in ["key", "commit", "reveal", "share", "rehearse"] {
                    for trustee in trustees.iter_mut() {
                        trustee.act(step)?;
                    }
                }
                Ok(())
            }
            Self::Elsewhere(file) => {
                hand_out(file, app, made)?;
                println!("Waiting for three trustees; see {}.", file.display());
                wait(|| {
                    let found = app.store().read(|c| {
                        let election = elections::by_id(c, made.election)?;
                        readiness(c, &election)
                    })?;
                    Ok(found.with_key == SIZE && found.rehearsed == SIZE)
                })
            }
        }
    }

    /// Everything from the close to the opened tally; two of the three are enough.
    pub fn open(&mut self, app: &App, made: &Made, mixed: bool) -> anyhow::Result<()> {
        match self {
            Self::AtHome(trustees) => {
                for step in if mixed { vec!["rehearse", "shuffle"] } else { vec!["rehearse"] } {
                    for trustee in trustees.iter_mut() {
                        trustee.act(step)?;
                    }
                }
                for trustee in trustees.iter_mut().take(THRESHOLD) {
                    trustee.act("decrypt")?;
                }
                Ok(())
            }
            Self::Elsewhere(file) => {
                // Two weeks have passed, and with them the sessions.
                hand_out(file, app, made)?;
                println!("Voting is over; waiting for the trustees.");
                let counting = ["closed", "quorum_ok", "shuffling", "decrypting"];
                wait(|| {
                    let found = app.store().read(|c| Ok::<_, AppError>(elections::by_id(c, made.election)?));
                    Ok(!counting.contains(&found?.state.as_str()))
                })
            }
        }
    }
}

/// Writes the address of the election and a session for each trustee.
fn hand_out(file: &Path, app: &App, made: &Made) -> anyhow::Result<()> {
    let session = |person: &PersonId| Ok(Client::of(app, *person)?.cookie().to_owned());
    let sessions: Vec<String> = made.trustees.iter().map(session).collect::<anyhow::Result<_>>()?;
    let election = format!("/elections/{}", made.slug);
    let told = json!({ "url": app.config().public_url, "election": election, "trustees": sessions });
    std::fs::write(file, told.to_string()).with_context(|| format!("cannot write {}", file.display()))
}

/// Looks again and again; the people may take as long as they like.
fn wait(mut done: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    while !done()? {
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

fn parsed(text: &str) -> anyhow::Result<Value> {
    Ok(serde_json::from_str(text)?)
}

fn text<'a>(value: &'a Value, at: &str) -> anyhow::Result<&'a str> {
    value.pointer(at).and_then(Value::as_str).with_context(|| format!("the trustee document lacks {at}"))
}

impl<G: Group> TrusteeAtHome<G> {
    /// The trustee at place `index`, from 1.
    pub fn new(app: &App, slug: &str, person: PersonId, index: usize) -> Self {
        Self {
            app: app.clone(),
            person,
            path: format!("/elections/{slug}/trustee"),
            context: CeremonyContext { size: SIZE, threshold: THRESHOLD, index },
            seed: Seed::random(&mut setup::generator()),
            contribution: None,
            group: std::marker::PhantomData,
        }
    }

    fn member(&self) -> anyhow::Result<Member<G>> {
        Ok(Member::new(self.context, &self.seed)?)
    }

    /// Takes the step that is due; it has to be `expected`.
    pub fn act(&mut self, expected: &str) -> anyhow::Result<()> {
        let client = Client::of(&self.app, self.person)?;
        let document = client.json(&format!("{}.json", self.path))?;
        let step = text(&document, "/step")?.to_owned();
        ensure!(step == expected, "a trustee should {expected}, but the page says {step}");
        let payload = self.payload(&client, &document, &step)?;
        let proof = text(&document, "/submit/csrf")?.to_owned();
        client.send(&self.path, &proof, &json!({ "step": step, "payload": payload }))?;
        Ok(())
    }

    fn payload(&mut self, client: &Client, document: &Value, step: &str) -> anyhow::Result<Value> {
        let rng = &mut setup::generator();
        let inputs = document.get("inputs").cloned().unwrap_or_default();
        let list = |name: &str| inputs.get(name).cloned().unwrap_or_default();
        let certs = || parse_signed_list::<G>(list("certs").to_string().as_bytes());
        Ok(match step {
            "key" => json!({ "certificate": parsed(&self.member()?.certificate(rng))? }),
            "commit" => {
                let made = self.member()?.contribution(&certs()?, rng)?;
                let payload = json!({ "commitment": made.commitment.hex(), "sealed": "kept at home" });
                self.contribution = Some(made);
                payload
            }
            "reveal" => {
                let made = self.contribution.as_ref().context("a trustee has committed to nothing")?;
                json!({ "polynomial": parsed(&made.json)?, "seen": "kept at home" })
            }
            "share" => {
                let texts: Vec<String> = serde_json::from_value(list("commitments"))?;
                let commitments: Option<Vec<Hash>> = texts.iter().map(|t| Hash::from_hex(t)).collect();
                let commitments = commitments.context("a commitment is no hash")?;
                let vinput = list("vinput").to_string();
                let share = self.member()?.share(&certs()?, &commitments, vinput.as_bytes(), rng)?;
                json!({ "voutput": parsed(&share)? })
            }
            "rehearse" => self.proof(document)?,
            "shuffle" => {
                let owner = u64::try_from(self.context.index)?;
                json!({ "shuffle": self.standing(client)?.shuffle(owner, rng)?.to_json() })
            }
            _ => {
                let (_, share) = self.standing(client)?.decrypt(&self.secret(document)?, rng)?;
                json!({ "partial_decryption": share.to_json() })
            }
        })
    }

    /// The whole archive, verified before anything is done with it.
    fn standing(&self, client: &Client) -> anyhow::Result<Standing<G>> {
        let archive = client.download(&format!("{}/archive.bel", self.path))?;
        let read = Standing::read(Cursor::new(archive), &Options::default(), &mut ())?;
        read.map_err(|_| anyhow::anyhow!("the archive does not verify"))
    }

    fn secret(&self, document: &Value) -> anyhow::Result<SecretKey<G>> {
        Ok(Member::open_share(&self.seed, text(document, "/inputs/private_key")?)?)
    }

    fn proof(&self, document: &Value) -> anyhow::Result<Value> {
        let secret = self.secret(document)?;
        let key = <G as Group>::encode(&secret.public());
        let (uuid, nonce) = (text(document, "/election/uuid")?, text(document, "/inputs/nonce")?);
        let x = <G as Group>::Scalar::decode(&secret.encode())?;
        let mut out = String::new();
        let prefix = format!("rehearsal|{uuid}|{key}|{nonce}|");
        prove_knowledge::<G>(&prefix, &x, &mut setup::generator()).write(&mut out);
        Ok(json!({ "proof": parsed(&out)? }))
    }
}
