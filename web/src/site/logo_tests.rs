//! Stories of the logo, which are also those of forms with files.

use actix_web::http::header;
use actix_web::test::TestRequest;
use folkmoot_store::accounts::Role;
use image::{ImageFormat, RgbaImage};

use crate::testing::{TestApp, between};

const PAGE: &str = "/staff/settings/logo";

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    RgbaImage::new(width, height).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[actix_web::test]
async fn a_logo_is_shown_on_every_page_until_it_is_removed() {
    let app = TestApp::new().await;
    let staff = app.staff("Ada", Role::Administrator);
    staff.get(PAGE).await.expect(200).says("PNG, JPEG or WebP");
    staff.upload(PAGE, &[], &[("logo", "logo.png", &png(800, 200))]).await.expect(303);
    let home = app.visitor().get("/").await.expect(200);
    let address = between(&home.body, "<img src=\"", "\"").unwrap().to_owned();
    assert!(address.starts_with("/logo/") && home.body.contains("width=\"128\" height=\"32\""), "{address}");
    let file = app.visitor().get(&address).await.expect(200);
    assert_eq!(file.headers.get("content-type").unwrap(), "image/png");
    assert_eq!(file.headers.get("x-content-type-options").unwrap(), "nosniff");
    assert!(file.headers.get("cache-control").unwrap().to_str().unwrap().contains("immutable"));
    // Saving the other settings leaves it alone.
    let settings = [
        ("organisation", "Fen Council"),
        ("contact", ""),
        ("postal_address", ""),
        ("time_zone", "UTC"),
        ("brand", ""),
    ];
    staff.post("/staff/settings", &settings).await.expect(303);
    assert!(app.visitor().get("/").await.body.contains(&address));
    // Mails carry it inside; opening one asks no server for anything.
    app.visitor()
        .post("/sign-in/link", &[("email", "ada@people.test"), ("password", ""), ("next", "/")])
        .await;
    let mail = app.mail_to("ada@people.test");
    let source = || String::from_utf8(crate::mail::compose(&app.app, &mail).unwrap().formatted()).unwrap();
    let name = address.strip_prefix("/logo/").unwrap();
    let with = source();
    assert!(
        with.contains("Content-Type: image/png") && with.contains(&format!("Content-ID: <{name}>")),
        "{with}"
    );
    assert!(!with.contains("https://folkmoot.test/logo"));
    // A new one takes its place, and then none.
    staff.upload(PAGE, &[], &[("logo", "b.png", &png(32, 32))]).await.expect(303);
    app.visitor().get(&address).await.expect(404);
    staff.post("/staff/settings/logo/remove", &[]).await.expect(303);
    assert!(!app.visitor().get("/").await.body.contains("/logo/"));
    let without = source();
    assert!(!without.contains("image/png") && !without.contains("<!--logo-->"));
    assert_eq!(app.audited(), ["settings.logo", "settings.change", "settings.logo", "settings.logo"]);
}

#[actix_web::test]
async fn what_is_no_picture_changes_nothing() {
    let app = TestApp::new().await;
    let staff = app.staff("Ada", Role::Administrator);
    staff.upload(PAGE, &[], &[]).await.expect(422).says("Choose the file");
    staff.upload(PAGE, &[], &[("logo", "", b"")]).await.expect(422).says("Choose the file");
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    staff.upload(PAGE, &[], &[("logo", "logo.png", svg)]).await.expect(422).says("SVG among them");
    staff.upload(PAGE, &[("width", "9")], &[]).await.expect(422).says("no such field");
    staff.upload(PAGE, &[], &[("other", "a.png", &png(9, 9))]).await.expect(422).says("no such field");
    let two: [(&str, &str, &[u8]); 2] = [("logo", "a.png", &png(9, 9)), ("logo", "b.png", &png(9, 9))];
    staff.upload(PAGE, &[], &two).await.expect(422).says("Choose one file");
    let large = vec![0; super::logo::MOST_BYTES + 1];
    staff.upload(PAGE, &[], &[("logo", "a.png", &large)]).await.expect(413).says("At most 2048 KiB");
    assert!(app.audited().is_empty());
}

#[actix_web::test]
async fn forms_with_files_carry_the_same_proof() {
    let app = TestApp::new().await;
    let staff = app.staff("Ada", Role::Administrator);
    let page = staff.get(PAGE).await.expect(200);
    let token = between(&page.body, "name=\"csrf\" value=\"", "\"").unwrap();
    let part = |name: &str, value: &str| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let send = async |site: &str, parts: String| {
        let request = TestRequest::post()
            .uri(PAGE)
            .insert_header(("sec-fetch-site", site.to_owned()))
            .insert_header((header::CONTENT_TYPE, "multipart/form-data; boundary=edge"));
        staff.send(request.set_payload(parts + "--edge--\r\n")).await.status.as_u16()
    };
    // Without a file the page itself answers 422: the proof was good.
    assert_eq!(send("same-origin", part("csrf", token)).await, 422);
    assert_eq!(send("cross-site", part("csrf", token)).await, 403);
    assert_eq!(send("same-origin", part("csrf", "AAAA")).await, 403);
    assert_eq!(send("same-origin", part("other", token)).await, 403);
    assert_eq!(send("same-origin", "--edge\r\nbroken".into()).await, 400);
    // The token as a file is no token.
    let as_file = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"csrf\"; filename=\"csrf\"\r\n\r\n{token}\r\n"
    );
    assert_eq!(send("same-origin", as_file).await, 403);
}

#[actix_web::test]
async fn pages_without_files_refuse_forms_with_files() {
    let app = TestApp::new().await;
    let staff = app.staff("Ada", Role::Administrator);
    staff.get(PAGE).await.expect(200);
    let answer = staff.upload("/staff/settings", &[("organisation", "X")], &[]).await;
    answer.expect(415).says("takes no files");
}
