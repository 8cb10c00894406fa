//! The outermost layer: reference number, host check, security headers, one log line for each request.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};

use super::headers;
use crate::app::App;

/// Number by which a request is found in the log; shown on error pages.
#[derive(Debug, Clone)]
pub struct Reference(pub String);

/// Addresses that load balancers ask without knowing our name.
const ANY_HOST: &[&str] = &["/healthz", "/readyz"];

/// Wraps the whole application.
///
/// # Errors
/// Only what actix itself fails with.
pub async fn layer(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let Some(app) = req.app_data::<web::Data<App>>().map(|a| a.get_ref().clone()) else {
        return Ok(req.into_response(HttpResponse::InternalServerError().finish()));
    };
    let started = std::time::Instant::now();
    let reference = reference(&app);
    req.extensions_mut().insert(Reference(reference.clone()));
    let method = req.method().clone();
    let mut response = if host_fits(&app, &req) {
        next.call(req).await?.map_into_boxed_body()
    } else {
        let answer = HttpResponse::build(StatusCode::MISDIRECTED_REQUEST)
            .content_type("text/plain; charset=utf-8")
            .body("This server does not answer for that name.\n");
        req.into_response(answer)
    };
    headers::complete(response.headers_mut(), app.config().is_https());
    // The pattern, not the path: paths may hold tokens. No address, no browser: requirement PRV-04.
    let route = response.request().match_pattern().unwrap_or_else(|| "none".into());
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    tracing::info!(%method, route, status, millis, reference, "request");
    Ok(response)
}

fn reference(app: &App) -> String {
    // No 0/O, 1/I: people read this number over the telephone.
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let bytes: [u8; 10] = app.random().unwrap_or_default();
    bytes.iter().filter_map(|b| LETTERS.get(usize::from(b % 32))).map(|b| char::from(*b)).collect()
}

fn host_fits(app: &App, req: &ServiceRequest) -> bool {
    if ANY_HOST.contains(&req.path()) {
        return true;
    }
    // Two names: whoever stands before us may have believed the other one (requirement WEB-06).
    if req.headers().get_all(header::HOST).count() > 1 {
        return false;
    }
    let named = match req.uri().authority() {
        // Absolute form and HTTP/2 name the host in the address.
        Some(authority) => Some(authority.as_str()),
        None => req.headers().get(header::HOST).and_then(|h| h.to_str().ok()),
    };
    named.is_some_and(|h| h.eq_ignore_ascii_case(&app.config().host()))
}

/// "20 seconds", "3 minutes", "2 hours".
#[must_use]
pub fn words_for_seconds(seconds: u32) -> String {
    let (n, unit) = match seconds {
        0..=119 => (seconds.max(1), "second"),
        120..=7199 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3600), "hour"),
    };
    if n == 1 { format!("1 {unit}") } else { format!("{n} {unit}s") }
}
