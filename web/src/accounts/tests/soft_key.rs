//! An authenticator in software (WebAuthn level 2): one ES256 key, attestation `none`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

pub(super) struct SoftKey {
    pair: EcdsaKeyPair,
    pub(super) id: Vec<u8>,
    user: String,
    pub(super) counter: u32,
    pub(super) origin: &'static str,
    pub(super) verifies_user: bool,
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().to_vec()
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl SoftKey {
    pub(super) fn new(id: &[u8]) -> Self {
        let random = SystemRandom::new();
        let alg = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(alg, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &random).unwrap();
        let origin = "https://folkmoot.test";
        Self { pair, id: id.to_vec(), user: String::new(), counter: 0, origin, verifies_user: true }
    }

    /// Section 6.1: hash of the site, flags (present, verified, with a key), counter.
    fn data(&mut self, with_key: bool) -> Vec<u8> {
        self.counter += 1;
        let flags = 1 | (u8::from(self.verifies_user) << 2) | (u8::from(with_key) << 6);
        [&sha256(b"folkmoot.test")[..], &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        let challenge = &options["publicKey"]["challenge"];
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
    }

    /// The answer to the options of a registration.
    pub(super) fn create(&mut self, options: &Value) -> String {
        options["publicKey"]["user"]["id"].as_str().unwrap().clone_into(&mut self.user);
        let client = self.client_data("webauthn.create", options);
        let point = self.pair.public_key().as_ref()[1..].to_vec();
        let (x, y) = point.split_at(32);
        // COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
        let key = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], x, &[0x22, 0x58, 32], y].concat();
        let mut data = self.data(true);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(key);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key",
            "response": {
                "attestationObject": text(&object), "clientDataJSON": text(client.as_bytes()), "transports": ["usb"],
            },
        })
        .to_string()
    }

    /// The answer to the options of a proof.
    pub(super) fn get(&mut self, options: &Value) -> String {
        let client = self.client_data("webauthn.get", options);
        let data = self.data(false);
        let signed = [&data[..], &sha256(client.as_bytes())].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key",
            "response": {
                "authenticatorData": text(&data), "clientDataJSON": text(client.as_bytes()),
                "signature": text(signature.as_ref()), "userHandle": self.user,
            },
        })
        .to_string()
    }
}
