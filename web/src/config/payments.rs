//! `[payments]`: who takes the money.

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use url::Url;

/// `[payments]`: how dues are paid. What is left empty is not offered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Payments {
    /// Secret key of the Stripe account. Empty: Stripe is not offered.
    pub stripe_secret_key: String,
    /// Signing secrets of the webhook endpoint `/hooks/stripe`: one, or two while one replaces the other.
    pub stripe_webhook_secrets: Vec<String>,
    /// Where Stripe's API is; the only address the payments of this installation are ever sent to.
    pub stripe_base_url: String,
    /// Where Stripe's checkout pages are; a payer is sent nowhere else.
    pub stripe_checkout_url: String,
    /// How to pay by bank transfer or cheque: bank, account, and to whom. Empty: not offered.
    pub bank_details: String,
    /// Offer the test provider, which takes no money and settles everything. For demonstrations and tests only.
    pub test_provider: bool,
}

impl Default for Payments {
    fn default() -> Self {
        Self {
            stripe_secret_key: String::new(),
            stripe_webhook_secrets: Vec::new(),
            stripe_base_url: "https://api.stripe.com".into(),
            stripe_checkout_url: "https://checkout.stripe.com".into(),
            bank_details: String::new(),
            test_provider: false,
        }
    }
}

impl Payments {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        place("stripe_base_url", &self.stripe_base_url)?;
        place("stripe_checkout_url", &self.stripe_checkout_url)?;
        if self.stripe_secret_key.is_empty() {
            return Ok(());
        }
        if !self.stripe_secret_key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            bail!(
                "in [payments], stripe_secret_key must be the key as Stripe shows it, for example sk_live_…"
            );
        }
        let secrets = &self.stripe_webhook_secrets;
        if !(1..=2).contains(&secrets.len()) || secrets.iter().any(|s| s.len() < 16) {
            bail!(
                "in [payments], stripe_webhook_secrets must hold the signing secret of the webhook endpoint, for example \
                 [\"whsec_…\"]; two while one replaces the other"
            );
        }
        if self.test_provider && self.stripe_secret_key.contains("_live_") {
            bail!(
                "in [payments], test_provider settles payments without money; turn it off where real money is taken"
            );
        }
        Ok(())
    }

    /// True when notices must come from Stripe's live mode.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.stripe_secret_key.contains("_live_")
    }

    pub(super) fn hide(&mut self) {
        for secret in
            std::iter::once(&mut self.stripe_secret_key).chain(self.stripe_webhook_secrets.iter_mut())
        {
            if !secret.is_empty() {
                *secret = "********".into();
            }
        }
    }
}

/// Scheme, host and port alone; unencrypted on this machine only (requirement IO-06).
fn place(name: &str, text: &str) -> anyhow::Result<()> {
    let url = Url::parse(text).with_context(|| format!("in [payments], {name} {text:?} is no address"))?;
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let anonymous = url.username().is_empty() && url.password().is_none();
    if !bare || !anonymous || !(url.scheme() == "https" || (url.scheme() == "http" && local)) {
        bail!(
            "in [payments], {name} must be https://, host and port alone (http:// is accepted for this machine only)"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_goes_over_encrypted_connections_to_a_bare_address() {
        let with = |url: &str| Payments { stripe_base_url: url.into(), ..Payments::default() }.check();
        for good in ["https://api.stripe.com", "http://127.0.0.1:9", "http://localhost:12111"] {
            assert!(with(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.stripe.com",
            "https://user:pass@api.stripe.com",
            "https://api.stripe.com/v1",
            "https://api.stripe.com/?x=1",
            "ftp://localhost",
            "http://127.0.0.1.example.org",
            "http://169.254.169.254",
            "api.stripe.com",
            "",
        ] {
            assert!(with(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_come_with_webhook_secrets_and_live_keys_without_the_test_provider() {
        let mut settings = Payments { stripe_secret_key: "sk_live_51abc".into(), ..Payments::default() };
        assert!(settings.check().is_err(), "no webhook secret");
        settings.stripe_webhook_secrets = vec!["whsec_0123456789abcdef".into()];
        assert!(settings.check().is_ok() && settings.is_live());
        settings.stripe_webhook_secrets = vec!["whsec_0123456789abcdef".into(); 3];
        assert!(settings.check().is_err(), "three secrets");
        settings.stripe_webhook_secrets.truncate(2);
        settings.test_provider = true;
        assert!(settings.check().is_err(), "invented and real money side by side");
        settings.hide();
        let shown = format!("{settings:?}");
        assert!(!shown.contains("51abc") && !shown.contains("0123"), "{shown}");
    }
}
