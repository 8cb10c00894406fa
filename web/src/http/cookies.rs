//! Cookies. On https their names carry the `__Host-` prefix, so that no neighbouring host can set them.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use crate::config::Config;

/// Cookies the server sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jar {
    /// Token of a session.
    Session,
    /// Random value that ties forms to a browser that is not signed in.
    Visit,
    /// A message to show once.
    Flash,
    /// Mark of a browser that signed in before.
    Device,
    /// Token of a sign-in that waits for its second factor.
    SecondStep,
}

impl Jar {
    fn name(self, config: &Config) -> String {
        let name = match self {
            Self::Session => "folkmoot-session",
            Self::Visit => "folkmoot-visit",
            Self::Flash => "folkmoot-flash",
            Self::Device => "folkmoot-device",
            Self::SecondStep => "folkmoot-second-step",
        };
        if config.is_https() { format!("__Host-{name}") } else { name.to_owned() }
    }

    pub(super) fn read(self, config: &Config, req: &HttpRequest) -> Option<String> {
        req.cookie(&self.name(config))
            .map(|c| c.value().to_owned())
            .filter(|v| !v.is_empty() && v.len() <= 2048)
    }

    /// Kept until the browser is closed when `seconds` is `None`.
    pub(super) fn set(self, config: &Config, value: String, seconds: Option<i64>) -> Cookie<'static> {
        let mut cookie = Cookie::build(self.name(config), value)
            .path("/")
            .http_only(true)
            .secure(config.is_https())
            .same_site(SameSite::Lax)
            .finish();
        if let Some(seconds) = seconds {
            cookie.set_max_age(Duration::seconds(seconds));
        }
        cookie
    }

    pub(super) fn remove(self, config: &Config) -> Cookie<'static> {
        self.set(config, String::new(), Some(0))
    }
}
