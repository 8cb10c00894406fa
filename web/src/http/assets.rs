//! Static files, carried in the binary and served under an address that contains a hash of all of them. One hash for the
//! whole tree keeps relative addresses inside style sheets and modules working, and every answer can be cached for ever.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use base64::Engine as _;

use super::{Ctx, PageResult};
use crate::error::AppError;
use crate::routes::{Access, Route};

static FILES: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/static_files.rs"));

static BY_NAME: LazyLock<HashMap<&'static str, &'static [u8]>> =
    LazyLock::new(|| FILES.iter().copied().collect());

static TREE_HASH: LazyLock<String> = LazyLock::new(|| {
    let mut all = ring::digest::Context::new(&ring::digest::SHA256);
    for (name, bytes) in FILES {
        all.update(name.as_bytes());
        all.update(&[0]);
        all.update(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    }
    let mut text = String::new();
    for byte in all.finish().as_ref().iter().take(8) {
        let _ = write!(text, "{byte:02x}");
    }
    text
});

/// The address of a static file, for example `asset("css/folkmoot.css")`.
#[must_use]
pub fn asset(name: &str) -> String {
    debug_assert!(BY_NAME.contains_key(name), "no static file {name}");
    format!("/static/{}/{name}", *TREE_HASH)
}

/// The bytes of a static file, for pages that publish hashes of what they serve.
#[must_use]
pub fn file(name: &str) -> Option<&'static [u8]> {
    BY_NAME.get(name).copied()
}

/// A module of a page, with what the browser must find in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Where it is served.
    pub href: String,
    /// `sha384-…`, for the attribute `integrity`.
    pub integrity: String,
}

/// The module `entry`, then every module that it imports, directly or not. The pages that seal ballots name them all, so
/// that the browser fetches them at once and runs none that differs from this release.
#[must_use]
pub fn modules(entry: &str) -> Vec<Module> {
    let folder = entry.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut names = vec![entry.to_owned()];
    let mut read = 0;
    while let Some(name) = names.get(read) {
        read += 1;
        let text = file(name).map(String::from_utf8_lossy).unwrap_or_default();
        for line in text.lines() {
            let Some((_, import)) = line.split_once(" from './") else { continue };
            let Some((import, _)) = import.split_once('\'') else { continue };
            let import = format!("{folder}/{import}");
            if !names.contains(&import) {
                names.push(import);
            }
        }
    }
    names
        .iter()
        .filter_map(|name| Some(Module { href: asset(name), integrity: integrity(file(name)?) }))
        .collect()
}

fn integrity(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA384, bytes);
    format!("sha384-{}", base64::engine::general_purpose::STANDARD.encode(digest))
}

/// Names of all static files, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// `/static/HASH/NAME`.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::get("/static/{hash}/{name:.*}", Access::Static, serve)]
}

async fn serve(_ctx: Ctx, path: web::Path<(String, String)>) -> PageResult {
    let (hash, name) = path.into_inner();
    let (name, bytes) = BY_NAME.get_key_value(name.as_str()).ok_or_else(AppError::not_found)?;
    // An address from another version gets today's file, but may not keep it.
    let caching = if hash == *TREE_HASH { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type(name)))
        .insert_header((header::CACHE_CONTROL, caching))
        .body(*bytes))
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, end)| end) {
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "html" => "text/html; charset=utf-8",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_name_every_module_they_run() {
        let booth: Vec<String> = modules("booth/booth.mjs").into_iter().map(|m| m.href).collect();
        assert_eq!(booth.first(), Some(&asset("booth/booth.mjs")));
        for name in [
            "booth/receipt.mjs",
            "booth/worker-client.mjs",
            "booth/question-ranking.mjs",
            "booth/noble-ed25519.js",
        ] {
            assert!(booth.contains(&asset(name)), "{name} is not among {booth:?}");
        }
        // What a worker imports is fetched by the worker.
        assert!(!booth.contains(&asset("booth/worker.mjs")));
        for entry in ["booth/booth.mjs", "booth/trustee-page.mjs"] {
            let found = modules(entry);
            assert!(found.iter().all(|m| m.integrity.len() == "sha384-".len() + 64), "{found:?}");
        }
    }

    #[test]
    fn integrity_is_that_of_the_standard() {
        let empty = "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb";
        assert_eq!(integrity(b""), empty);
    }
}
