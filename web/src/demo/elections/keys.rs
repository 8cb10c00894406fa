//! The keys of the trustees of an invented election: one alone, or several of whom a threshold is enough.

use anyhow::Context;
use folkmoot_ballot::group::Group;
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::trustee::ceremony::Certificates;
use folkmoot_ballot::trustee::{
    CeremonyContext, Member, SecretKey, Seed, Trustee, TrusteeKey, Trustees, parse_signed_list,
};

use super::G;
use crate::elections::setup;

/// One trustee's key.
pub(super) struct Owner {
    pub(super) public_key: String,
    pub(super) fingerprint: String,
    pub(super) secret: SecretKey<G>,
}

/// Everybody's keys.
pub(super) struct Keys {
    /// The list of trustees for the archive.
    pub(super) json: String,
    /// In owner order.
    pub(super) owners: Vec<Owner>,
    needed: usize,
}

impl Keys {
    /// `threshold` of `size`; 0 stands for a single trustee.
    pub(super) fn make(size: usize, threshold: usize) -> anyhow::Result<Self> {
        if threshold == 0 { Ok(Self::alone()) } else { Self::together(size, threshold) }
    }

    fn alone() -> Self {
        let mut rng = setup::generator();
        let secret = SecretKey::<G>::random(&mut rng);
        let json = Trustees::new(vec![Trustee::Single(TrusteeKey::prove(&secret, &mut rng))]).to_json();
        let public_key = G::encode(&secret.public());
        let fingerprint = Hash::of(public_key.as_bytes()).base64();
        Self { json, owners: vec![Owner { public_key, fingerprint, secret }], needed: 1 }
    }

    /// The whole ceremony: certificates, commitments, coefficients, shares.
    fn together(size: usize, threshold: usize) -> anyhow::Result<Self> {
        let mut rng = setup::generator();
        let seeds: Vec<Seed> = (0..size).map(|_| Seed::random(&mut rng)).collect();
        let members: Vec<Member<G>> = (1..)
            .zip(&seeds)
            .map(|(index, seed)| Member::new(CeremonyContext { size, threshold, index }, seed))
            .collect::<Result<_, _>>()?;
        let mut certificates = Certificates::<G>::new(size, threshold)?;
        for (index, member) in (1..).zip(&members) {
            certificates.submit(index, member.certificate(&mut rng).as_bytes())?;
        }
        let mut commitments = certificates.close()?;
        let certs = parse_signed_list::<G>(commitments.certificates_json().as_bytes())?;
        let mut contributions = Vec::with_capacity(size);
        for (index, member) in (1..).zip(&members) {
            let made = member.contribution(&certs, &mut rng)?;
            commitments.submit(index, made.commitment)?;
            contributions.push(made);
        }
        let mut polynomials = commitments.close()?;
        for (index, made) in (1..).zip(&contributions) {
            polynomials.submit(index, made.json.as_bytes())?;
        }
        let mut shares = polynomials.close()?;
        for (index, member) in (1..).zip(&members) {
            let input = shares.vinput(index)?;
            let share = member.share(&certs, shares.commitments(), input.as_bytes(), &mut rng)?;
            shares.submit(index, share.as_bytes())?;
        }
        let outcome = shares.close()?;
        let mut owners = Vec::with_capacity(size);
        for ((seed, sealed), cert) in seeds.iter().zip(&outcome.sealed_shares).zip(&certs) {
            let secret = Member::<G>::open_share(seed, sealed)?;
            let keys: serde_json::Value = serde_json::from_str(&cert.message)?;
            let verification = keys.get("verification").and_then(|v| v.as_str());
            let verification = verification.context("a certificate without its key")?;
            owners.push(Owner {
                public_key: G::encode(&secret.public()),
                fingerprint: Hash::of(verification.as_bytes()).base64(),
                secret,
            });
        }
        let json = Trustees::new(vec![Trustee::Pedersen(outcome.group)]).to_json();
        Ok(Self { json, owners, needed: threshold })
    }

    /// As many as are needed, with their numbers; of several, the first has not come.
    pub(super) fn opening(&self) -> impl Iterator<Item = (u64, &SecretKey<G>)> {
        let absent = self.owners.len().saturating_sub(self.needed);
        (1..).zip(self.owners.iter().map(|o| &o.secret)).skip(absent)
    }
}
