//! A trustee's side, played by the Rust engine through HTTP.

use std::io::Cursor;

use actix_web::http::header;
use actix_web::test::TestRequest;
use folkmoot_ballot::group::{Ed25519, Group, Scalar};
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::proof::prove_knowledge;
use folkmoot_ballot::trustee::{
    CeremonyContext, Contribution, Member, SecretKey, Seed, TrusteeKey, parse_signed_list,
};
use folkmoot_ballot::verify::{Options, Standing};
use serde_json::{Value, json};

use crate::elections::setup;
use crate::testing::{Browser, TestApp, TestPerson};

pub const SLUG: &str = "/elections/board";

pub fn rng() -> impl rand_core::CryptoRng {
    setup::generator()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A trustee with browser, seed and what the page remembers.
pub struct Player<'a, G: Group = Ed25519> {
    pub browser: Browser<'a>,
    pub index: usize,
    slug: String,
    pub context: Option<CeremonyContext>,
    seed: Seed,
    single: SecretKey<G>,
    contribution: Option<Contribution>,
}

impl<'a, G: Group> Player<'a, G> {
    /// `of`: threshold and size of a key made together.
    pub fn new(
        app: &'a TestApp,
        slug: &str,
        person: &TestPerson,
        index: usize,
        of: Option<(usize, usize)>,
    ) -> Self {
        Self {
            browser: app.signed_in(person),
            slug: slug.to_owned(),
            index,
            context: of.map(|(threshold, size)| CeremonyContext { size, threshold, index }),
            seed: Seed::random(&mut rng()),
            single: SecretKey::random(&mut rng()),
            contribution: None,
        }
    }

    /// Signs in again, after a long time.
    pub fn again(self, app: &'a TestApp, person: &TestPerson) -> Self {
        Self { browser: app.signed_in(person), ..self }
    }

    /// The key of a trustee who made one alone: the secret half as its file holds it, and the public half.
    pub fn own_key(&self) -> (String, String) {
        (self.single.encode().to_string(), <G as Group>::encode(&self.single.public()))
    }

    pub fn member(&self) -> Member<G> {
        Member::new(self.context.unwrap(), &self.seed).unwrap()
    }

    pub async fn document(&self) -> Value {
        let shown = self.browser.get(&format!("{}/trustee.json", self.slug)).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        parsed(&shown.body)
    }

    pub async fn step(&self) -> String {
        self.document().await["step"].as_str().unwrap().to_owned()
    }

    /// Sends a payload for a step; status and answer.
    pub async fn send(&self, step: &str, payload: Value) -> (u16, Value) {
        let document = self.document().await;
        let csrf = document["submit"]["csrf"].as_str().unwrap().to_owned();
        let request = TestRequest::post()
            .uri(document["submit"]["url"].as_str().unwrap())
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("x-csrf-token", csrf))
            .insert_header((header::ACCEPT, "application/json"))
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .set_payload(json!({ "step": step, "payload": payload }).to_string());
        let shown = self.browser.send(request).await;
        (shown.status.as_u16(), parsed(&shown.body))
    }

    /// Requires that a payload is refused with these words.
    pub async fn refused(&self, step: &str, payload: Value, status: u16, words: &str) {
        let (found, answer) = self.send(step, payload).await;
        let message = answer["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(found == status && message.contains(words), "{found} {answer}");
        assert!(answer["error"]["server_time"].is_string(), "{answer}");
    }

    fn secret(&self, document: &Value) -> SecretKey<G> {
        if self.context.is_none() {
            return SecretKey::decode(&self.single.encode()).unwrap();
        }
        Member::open_share(&self.seed, document["inputs"]["private_key"].as_str().unwrap()).unwrap()
    }

    pub async fn archive(&self) -> Vec<u8> {
        let shown = self.browser.get(&format!("{}/trustee/archive.bel", self.slug)).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        shown.body.into_bytes()
    }

    /// The whole archive, verified, as the trustee's side does before it does anything.
    async fn standing(&self) -> Standing<G> {
        Standing::read(Cursor::new(self.archive().await), &Options::default(), &mut ()).unwrap().unwrap()
    }

    /// What an honest page sends for the step that is due.
    pub async fn payload(&mut self) -> (String, Value) {
        let document = self.document().await;
        let step = document["step"].as_str().unwrap().to_owned();
        let inputs = &document["inputs"];
        let certs = || parse_signed_list::<G>(inputs["certs"].to_string().as_bytes()).unwrap();
        let payload = match (step.as_str(), self.context) {
            ("key", None) => {
                json!({ "public_key": parsed(&TrusteeKey::prove(&self.single, &mut rng()).to_json()) })
            }
            ("key", Some(_)) => json!({ "certificate": parsed(&self.member().certificate(&mut rng())) }),
            ("commit", _) => {
                let made = self.member().contribution(&certs(), &mut rng()).unwrap();
                let payload = json!({ "commitment": made.commitment.hex(), "sealed": "for myself" });
                self.contribution = Some(made);
                payload
            }
            ("reveal", _) => {
                assert_eq!(inputs["sealed"], "for myself");
                let polynomial = parsed(&self.contribution.as_ref().unwrap().json);
                json!({ "polynomial": polynomial, "seen": "all of them" })
            }
            ("share", _) => {
                assert_eq!(inputs["seen"], "all of them");
                let list = inputs["commitments"].as_array().unwrap();
                let commitments: Vec<Hash> =
                    list.iter().map(|c| Hash::from_hex(c.as_str().unwrap()).unwrap()).collect();
                let vinput = inputs["vinput"].to_string();
                let member = self.member();
                let share = member.share(&certs(), &commitments, vinput.as_bytes(), &mut rng()).unwrap();
                json!({ "voutput": parsed(&share) })
            }
            ("rehearse", _) => self.proof(&document),
            ("shuffle", _) => {
                let standing = self.standing().await;
                let shuffle = standing.shuffle(self.index as u64, &mut rng()).unwrap();
                json!({ "shuffle": shuffle.to_json() })
            }
            ("decrypt", _) => {
                let standing = self.standing().await;
                let (owner, share) = standing.decrypt(&self.secret(&document), &mut rng()).unwrap();
                assert_eq!(owner, self.index);
                json!({ "partial_decryption": share.to_json() })
            }
            other => panic!("nothing to do: {other:?}"),
        };
        (step, payload)
    }

    /// Knowledge of the private key, as the document asks for it.
    pub fn proof(&self, document: &Value) -> Value {
        let secret = self.secret(document);
        let text = <G as Group>::encode(&secret.public());
        assert_eq!(document["public_key"], text);
        let nonce = document["inputs"]["nonce"].as_str().unwrap();
        let uuid = document["election"]["uuid"].as_str().unwrap();
        let x = <G as Group>::Scalar::decode(&secret.encode()).unwrap();
        let mut out = String::new();
        prove_knowledge::<G>(&format!("rehearsal|{uuid}|{text}|{nonce}|"), &x, &mut rng()).write(&mut out);
        json!({ "proof": parsed(&out) })
    }

    /// Does the step that is due; returns what is due afterwards.
    pub async fn act(&mut self, expected: &str) -> String {
        let (step, payload) = self.payload().await;
        assert_eq!(step, expected);
        let (status, answer) = self.send(&step, payload).await;
        assert_eq!(status, 200, "{step}: {answer}");
        answer["document"]["step"].as_str().unwrap().to_owned()
    }
}
