//! Private messages between trustees through the server (specification 4.6.1 and 4.6.3), in the form of 3.1 and later:
//! ElGamal of a random g^s, AES-256-GCM under SHA-256("key|g^s") with the whole of SHA-256("iv|alpha") as nonce.
//! The content is signed by the sender and names its recipient.

use aes_gcm::aead::consts::U32;
use aes_gcm::aead::{Aead, KeyInit, Nonce};
use aes_gcm::{AesGcm, aes::Aes256};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::pedersen::Signed;
use super::{Fault, SecretKey};
use crate::elgamal::Ciphertext;
use crate::group::{Group, Scalar};
use crate::hash::hex;
use crate::json::{Value, write_string};
use crate::random::Hedged;

type Cipher = AesGcm<Aes256, U32>;

/// Longest message that is opened, in bytes: a polynomial of 100 coefficients needs a third of it.
const MAX_DATA: usize = 256 * 1024;

fn cipher<G: Group>(shared: &G::Element, alpha: &G::Element) -> Result<(Cipher, Nonce<Cipher>), Fault> {
    let text = Zeroizing::new(G::encode(shared));
    let mut key: Zeroizing<[u8; 32]> = Zeroizing::new([0; 32]);
    key.copy_from_slice(&Sha256::new().chain_update("key|").chain_update(text.as_bytes()).finalize());
    let iv = Sha256::new().chain_update("iv|").chain_update(G::encode(alpha)).finalize();
    let cipher = Cipher::new_from_slice(key.as_slice()).map_err(|_| Fault::Message)?;
    Ok((cipher, Nonce::<Cipher>::try_from(iv.as_slice()).map_err(|_| Fault::Message)?))
}

/// Signs `message` for the holder of `recipient` and seals it to them.
pub(super) fn send<G: Group>(
    sender: &SecretKey<G>,
    recipient: &G::Element,
    message: &str,
    rng: &mut dyn CryptoRng,
) -> Result<String, Fault> {
    let mut content = Zeroizing::new(String::from("{\"recipient\":\""));
    content.push_str(&G::encode(recipient));
    content.push_str("\",\"message\":");
    write_string(&mut content, message);
    content.push('}');
    let mut rng = Hedged::new(rng, "private message", &[content.as_bytes(), sender.encode().as_bytes()]);
    let signed = Signed::sign(sender, content.to_string(), &mut rng);
    let mut plain = Zeroizing::new(String::new());
    signed.write(&mut plain);
    drop(Zeroizing::new(signed.message));
    let exponents = Zeroizing::new([G::Scalar::random(&mut rng), G::Scalar::random(&mut rng)]);
    let shared = G::pow_generator(&exponents[1]);
    let sealed = Ciphertext::<G>::encrypt(&G::fixed_base(recipient), &shared, &exponents[0]);
    let (cipher, nonce) = cipher::<G>(&shared, &sealed.alpha)?;
    let data = cipher.encrypt(&nonce, plain.as_bytes()).map_err(|_| Fault::Message)?;
    let (alpha, beta) = (G::encode(&sealed.alpha), G::encode(&sealed.beta));
    Ok(format!(
        "{{\"algorithm\":\"AES-GCM\",\"alpha\":\"{alpha}\",\"beta\":\"{beta}\",\"data\":\"{}\"}}",
        hex(&data)
    ))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !lower || !text.len().is_multiple_of(2) || text.len() > 2 * MAX_DATA {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

/// Opens a message sealed to the holder of `recipient`, and checks that the holder of `sender` signed it for them.
///
/// # Errors
/// [`Fault::Message`] when it does not open or is not genuine, [`Fault::Read`] when it is malformed.
pub(super) fn receive<G: Group>(
    recipient: &SecretKey<G>,
    sender: &G::Element,
    text: &str,
) -> Result<Zeroizing<String>, Fault> {
    let sealed = Value::parse_canonical(text.as_bytes())?;
    super::expect_fields(&sealed, &["algorithm", "alpha", "beta", "data"], &[])?;
    if sealed.field("algorithm")?.as_str()? != "AES-GCM" {
        return Err(Fault::Message);
    }
    let alpha = G::decode(sealed.field("alpha")?.as_str()?)?;
    let beta = G::decode(sealed.field("beta")?.as_str()?)?;
    let data = unhex(sealed.field("data")?.as_str()?).ok_or(Fault::Message)?;
    let shared = G::div(&beta, &G::pow(&alpha, recipient.scalar()));
    let (cipher, nonce) = cipher::<G>(&shared, &alpha)?;
    let plain = Zeroizing::new(cipher.decrypt(&nonce, data.as_slice()).map_err(|_| Fault::Message)?);
    let signed = Signed::<G>::from_value(&Value::parse_canonical(&plain)?)?;
    let content = Zeroizing::new(signed.message.clone());
    if !signed.is_by(sender) {
        return Err(Fault::Message);
    }
    drop(Zeroizing::new(signed.message));
    let content = Value::parse_canonical(content.as_bytes())?;
    super::expect_fields(&content, &["recipient", "message"], &[])?;
    if content.field("recipient")?.as_str()? != G::encode(&recipient.public()) {
        return Err(Fault::Message);
    }
    Ok(Zeroizing::new(content.field("message")?.as_str()?.to_owned()))
}
