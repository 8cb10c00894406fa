//! What anybody can download from the site of an election.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use url::Url;

/// Bytes of a page, checkpoint or static file.
const MAX_SMALL: u64 = 4 << 20;
/// Bytes of an archive.
const MAX_ARCHIVE: u64 = 16 << 30;

/// Lower-case hexadecimal SHA-256.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The public side of one election.
pub(super) struct Site {
    page: Url,
    agent: ureq::Agent,
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.page.as_str().trim_end_matches('/'))
    }
}

impl Site {
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let agent = ureq::Agent::config_builder()
            // A server must not know that it talks to a monitor.
            .user_agent("Mozilla/5.0")
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(30)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_global(Some(Duration::from_secs(3600)))
            .build();
        Ok(Self { page: super::checked(url)?, agent: agent.into() })
    }

    fn open(&self, url: &str) -> anyhow::Result<impl Read> {
        let response = match self.agent.get(url).call() {
            Ok(response) if response.status().is_success() => response,
            Ok(response) => bail!("{url} answers {}; give the address that it leads to", response.status()),
            Err(ureq::Error::StatusCode(404)) => {
                bail!("{url} is not there; check the address, and whether voting has begun")
            }
            Err(error) => bail!("{url} cannot be fetched: {error}"),
        };
        Ok(response.into_body().into_reader())
    }

    fn small(&self, url: &str) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(url)?
            .take(MAX_SMALL + 1)
            .read_to_end(&mut bytes)
            .with_context(|| format!("{url} broke off"))?;
        if bytes.len() as u64 > MAX_SMALL {
            bail!("{url} is too large");
        }
        Ok(bytes)
    }

    /// A text beside the election's page.
    pub fn text(&self, name: &str) -> anyhow::Result<String> {
        let url = format!("{self}/{name}");
        String::from_utf8(self.small(&url)?).ok().with_context(|| format!("{url} is not a text"))
    }

    /// A file beside the election's page.
    pub fn download(&self, name: &str, to: &Path) -> anyhow::Result<()> {
        let url = format!("{self}/{name}");
        let mut file = File::create(to).with_context(|| format!("{} cannot be written", to.display()))?;
        let size = io::copy(&mut self.open(&url)?.take(MAX_ARCHIVE + 1), &mut file)
            .with_context(|| format!("{url} broke off"))?;
        if size > MAX_ARCHIVE {
            bail!("{url} is too large");
        }
        file.sync_all().with_context(|| format!("{} cannot be written", to.display()))
    }

    /// SHA-256 of the files of the booth, under the folder that the election's own page uses, in random order.
    pub fn booth_files(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let page = String::from_utf8_lossy(&self.small(&self.to_string())?).into_owned();
        let folder = page.split_once("/static/").and_then(|(_, rest)| rest.split_once('/'));
        let folder = folder.context("the election's page uses no static files; check the address")?.0;
        if folder.is_empty() || !folder.bytes().all(|b| b.is_ascii_hexdigit()) {
            bail!("the election's page uses static files of another kind than Folkmoot's");
        }
        let booth =
            |name: &&str| name.starts_with("booth/") && (name.ends_with(".mjs") || name.ends_with(".js"));
        let mut names: Vec<&str> = crate::http::assets::names().filter(booth).collect();
        let mut start = [0];
        getrandom::fill(&mut start).map_err(|e| anyhow::anyhow!("the system gave no random bytes: {e}"))?;
        let middle = usize::from(start[0]) % names.len().max(1);
        names.rotate_left(middle);
        let mut files = BTreeMap::new();
        for name in names {
            let url = self.page.join(&format!("/static/{folder}/{name}"))?;
            files.insert(name.to_owned(), sha256(&self.small(url.as_str())?));
        }
        Ok(files)
    }
}
