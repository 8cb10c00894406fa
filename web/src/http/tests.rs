//! Stories about what holds for every route: headers, host, proof of origin, limits, errors.

use actix_web::http::header;
use actix_web::test::TestRequest;

use crate::http::csrf::MACHINE_POSTS;
use crate::routes::{self, Access};
use crate::testing::TestApp;

/// A path that fits a pattern.
pub fn example_path(pattern: &str) -> String {
    let mut path = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        path.push('1');
        rest = after.split_once('}').map_or("", |(_, end)| end);
    }
    path + rest
}

#[actix_web::test]
async fn every_answer_carries_the_security_headers() {
    let app = TestApp::new().await;
    let visitor = app.visitor();
    let mut paths: Vec<String> = routes::all().iter().map(|r| example_path(r.path)).collect();
    paths.extend(["/nothing/here".into(), crate::http::assets::asset("css/folkmoot.css")]);
    for path in paths {
        let answer = visitor.get(&path).await;
        for name in [
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "cross-origin-opener-policy",
            "cross-origin-resource-policy",
            "permissions-policy",
            "strict-transport-security",
            "cache-control",
        ] {
            assert!(answer.headers.contains_key(name), "{path} lacks {name}");
        }
    }
}

#[actix_web::test]
async fn another_host_is_misdirected_but_health_answers() {
    let app = TestApp::new().await;
    let ask =
        |path: &str, host: &'static str| TestRequest::get().uri(path).insert_header((header::HOST, host));
    // The browser always names the right host, so these requests go around it.
    let serve = |r: TestRequest| (app.serve_raw())(r);
    assert_eq!(serve(ask("/", "evil.example")).await.unwrap().status(), 421);
    assert_eq!(serve(ask("/", "folkmoot.test:8443")).await.unwrap().status(), 421);
    assert_eq!(serve(TestRequest::get().uri("/")).await.unwrap().status(), 421);
    assert_eq!(serve(ask("/", "FOLKMOOT.test")).await.unwrap().status(), 200);
    assert_eq!(serve(ask("/healthz", "10.0.0.7")).await.unwrap().status(), 200);
}

#[actix_web::test]
async fn forwarded_host_headers_are_ignored() {
    let app = TestApp::new().await;
    let answer = app
        .visitor()
        .send(TestRequest::get().uri("/").insert_header(("x-forwarded-host", "evil.example")))
        .await
        .expect(200);
    assert!(!answer.body.contains("evil.example"));
}

#[actix_web::test]
async fn unsafe_requests_need_both_proofs() {
    let app = TestApp::new().await;
    let person = app.person("Forger");
    for route in routes::all() {
        if route.method == "GET" || route.access == Access::Machine {
            continue;
        }
        let path = example_path(route.path);
        let browser = app.signed_in(&person);
        let page = browser.get("/").await;
        let token = crate::testing::between(&page.body, "name=\"csrf\" value=\"", "\"").unwrap_or_default();
        let post = || {
            TestRequest::default()
                .method(route.method.clone())
                .uri(&path)
                .insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"))
        };
        let with_token = format!("csrf={token}");
        // Only routes this person may use show the difference; the others refuse with the same status anyway.
        let forged = [
            (post().set_payload(with_token.clone()), false),
            (post().insert_header(("sec-fetch-site", "cross-site")).set_payload(with_token.clone()), false),
            (
                post()
                    .insert_header((header::ORIGIN, "https://evil.example"))
                    .set_payload(with_token.clone()),
                false,
            ),
            (post().insert_header(("sec-fetch-site", "same-origin")), true),
            (post().insert_header(("sec-fetch-site", "same-origin")).set_payload("csrf=AAAA"), true),
        ];
        for (forged, same_origin) in forged {
            let answer = browser.send(forged).await;
            // Where bodies are large, who may not send one is told so before anything of it is read.
            let expected = if same_origin && route.is_gated() { 404 } else { 403 };
            let refused = answer.status == expected;
            assert!(refused, "{} {path}: {} {}", route.method, answer.status, answer.text());
        }
    }
}

#[actix_web::test]
async fn the_list_of_machine_posts_is_the_routes_list() {
    let mut listed: Vec<&str> = MACHINE_POSTS.to_vec();
    let mut found: Vec<&str> =
        routes::all().iter().filter(|r| r.access == Access::Machine).map(|r| r.path).collect();
    listed.sort_unstable();
    found.sort_unstable();
    assert_eq!(listed, found);
}

#[actix_web::test]
async fn unknown_pages_and_wrong_methods_are_pages() {
    let app = TestApp::new().await;
    let visitor = app.visitor();
    visitor.get("/nothing/here").await.expect(404).says("Page not found");
    visitor.post("/", &[]).await.expect(405).says("does not accept");
    let json = TestRequest::get().uri("/nothing").insert_header((header::ACCEPT, "application/json"));
    let answer = visitor.send(json).await.expect(404);
    assert!(answer.body.contains("\"error\""), "{}", answer.body);
}

#[actix_web::test]
async fn static_files_can_be_kept_for_ever_and_old_addresses_not() {
    let app = TestApp::new().await;
    let visitor = app.visitor();
    let css = visitor.get(&crate::http::assets::asset("css/folkmoot.css")).await.expect(200);
    assert!(css.headers.get("cache-control").unwrap().to_str().unwrap().contains("immutable"));
    let old = visitor.get("/static/0000/css/folkmoot.css").await.expect(200);
    assert_eq!(old.headers.get("cache-control").unwrap(), "no-cache");
    visitor.get("/static/0000/../Cargo.toml").await.expect(404);
}

#[actix_web::test]
async fn looking_at_pages_never_needs_a_session_row() {
    let app = TestApp::new().await;
    let head = TestRequest::default().method(actix_web::http::Method::HEAD).uri("/");
    app.visitor().send(head).await.expect(200);
}

#[actix_web::test]
async fn failures_of_ours_show_a_number_and_nothing_of_the_inside() {
    use folkmoot_store::diesel::connection::SimpleConnection;
    use folkmoot_store::on_backend;
    let app = TestApp::new().await;
    let staff = app.staff("Ada", folkmoot_store::accounts::Role::Administrator);
    staff.get("/staff/contact").await.expect(200);
    app.app
        .store()
        .write(|c| {
            on_backend!(c, c => c.batch_execute("DROP TABLE contact_replies; DROP TABLE contact_messages"))?;
            Ok::<_, crate::error::AppError>(())
        })
        .unwrap();
    let page = staff.get("/staff/contact").await.expect(500).says("Something went wrong on our side");
    let json = TestRequest::get().uri("/staff/contact").insert_header((header::ACCEPT, "application/json"));
    let data = staff.send(json).await.expect(500);
    let value: serde_json::Value = serde_json::from_str(&data.body).unwrap();
    assert_eq!(value["error"]["code"], "internal");
    let number = crate::testing::between(&page.body, "quote reference <code>", "<").unwrap().to_owned();
    let other = value["error"]["reference"].as_str().unwrap().to_owned();
    assert!(number.len() >= 8 && other.len() >= 8 && number != other, "{number} {other}");
    for body in [&page.body, &data.body] {
        for inside in ["contact_messages", "table", "SELECT", "diesel", "relation", "panicked", ".rs"] {
            assert!(!body.contains(inside), "{inside} in {body}");
        }
    }
}

/// A form with a file that needs a proof of identity.
async fn sensitive(ctx: crate::http::Ctx, _upload: crate::http::Upload) -> crate::http::PageResult {
    ctx.require_fresh()?;
    Ok(ctx.redirect("/done"))
}

#[actix_web::test]
async fn a_form_with_a_file_leads_back_to_its_page_after_the_proof() {
    use actix_web::middleware::from_fn;
    use actix_web::{test, web};
    let app = TestApp::new().await;
    let browser = app.signed_in(&app.person("Ann"));
    let page = browser.get("/account").await.expect(200);
    let token = crate::testing::between(&page.body, "name=\"csrf\" value=\"", "\"").unwrap().to_owned();
    let cookies: Vec<String> = browser.cookies.borrow().iter().map(|(n, v)| format!("{n}={v}")).collect();
    let rule =
        crate::http::Rule { access: Access::SignedIn, body_limit: Some(10_000), upload: true, gate: None };
    let route =
        web::post().to(sensitive).wrap(from_fn(move |req, next| crate::http::protect(rule, req, next)));
    let data = web::Data::new(app.app.clone());
    let service = actix_web::App::new().app_data(data).service(web::resource("/roll").route(route));
    let service = test::init_service(service).await;
    let send = async || {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"list\"; filename=\"a.csv\"\r\n\r\n1,2\r\n--b--\r\n"
        );
        let request = TestRequest::post()
            .uri("/roll")
            .insert_header((header::HOST, "folkmoot.test"))
            .insert_header((header::COOKIE, cookies.join("; ")))
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header((header::CONTENT_TYPE, "multipart/form-data; boundary=b"));
        let answer = test::call_service(&service, request.set_payload(body).to_request()).await;
        let to = answer.headers().get(header::LOCATION).map(|v| v.to_str().unwrap().to_owned());
        (answer.status().as_u16(), to.unwrap_or_default())
    };
    assert_eq!(send().await, (303, "/done".into()));
    app.advance(chrono::TimeDelta::minutes(6));
    // By GET: the file does not travel, and comes from the page again.
    assert_eq!(send().await, (303, "/account/confirm?next=%2Froll".into()));
}
