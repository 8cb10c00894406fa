//! Forms that carry files (`multipart/form-data`). The guard reads the body within the route's limits, takes it apart, and
//! looks at the proof against forged requests as in every other form; handlers take an [`Upload`].

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::{StreamExt, stream};
use std::future::{Ready, ready};
use std::time::Duration;

use super::context::Ctx;
use super::forms::{FieldErrors, Form};
use crate::error::{AppError, AppResult};

/// Fields and files one form may have.
const MOST_PARTS: usize = 200;

/// Characters kept of a file's name.
const MOST_NAME: usize = 100;

/// The slowest line that still gets an upload of full size through, in bytes a second.
const SLOWEST: u64 = 64 * 1024;

/// A file as it was sent. Nothing about it is known but its bytes; what browsers say about its type is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFile {
    /// Name of the field.
    pub field: String,
    /// Last part of the name it had, without control characters: for showing, never for a path.
    pub name: String,
    /// Content.
    pub bytes: Bytes,
}

/// A form with files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upload {
    /// The fields that are no files.
    pub form: Form,
    pub(super) files: Vec<SentFile>,
}

impl Upload {
    /// Refuses fields and files the page does not have (requirement AZ-04), and two files where one is asked for.
    ///
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn only(self, fields: &[&str], files: &[&str]) -> AppResult<Self> {
        let form = self.form.only(fields)?;
        for (i, file) in self.files.iter().enumerate() {
            if !files.contains(&file.field.as_str()) {
                let short: String = file.field.chars().take(40).collect();
                return Err(FieldErrors::one(short, "This page has no such field.").into());
            }
            if self.files.iter().take(i).any(|f| f.field == file.field) {
                return Err(FieldErrors::one(file.field.clone(), "Choose one file.").into());
            }
        }
        Ok(Self { form, files: self.files })
    }

    /// The file chosen in a field; `None` when none was.
    #[must_use]
    pub fn file(&self, field: &str) -> Option<&SentFile> {
        self.files.iter().find(|f| f.field == field)
    }
}

impl FromRequest for Upload {
    type Error = AppError;
    type Future = Ready<AppResult<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ctx::of(req).map(|ctx| ctx.upload()))
    }
}

/// True for bodies this module takes apart.
pub(super) fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    kind.trim_start().to_ascii_lowercase().starts_with("multipart/")
}

/// The time in which `limit` bytes must have arrived: that of any form, and what a slow line needs for the rest.
pub(super) fn time(form: Duration, limit: usize) -> Duration {
    form + Duration::from_secs(limit as u64 / SLOWEST)
}

/// Takes a body apart. `most_text` bounds the bytes of all fields that are no files.
///
/// # Errors
/// A sentence, when it is not a form of ours.
pub(super) async fn parse(
    headers: &HeaderMap,
    body: Bytes,
    most_text: usize,
) -> Result<Upload, &'static str> {
    const BROKEN: &str = "The form did not arrive as browsers send it. Reload the page and send it again.";
    let mut parts = Multipart::new(headers, stream::once(async { Ok(body) }));
    let (mut values, mut files, mut text_left, mut count) = (Vec::new(), Vec::new(), most_text, 0);
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|_| BROKEN)?;
        count += 1;
        if count > MOST_PARTS {
            return Err("The form has too many fields.");
        }
        let about = part.content_disposition().ok_or(BROKEN)?;
        let field = about.get_name().ok_or(BROKEN)?.to_owned();
        let name = about.get_filename_ext().map(ToString::to_string);
        let name = name.or_else(|| about.get_filename().map(ToOwned::to_owned));
        // Files are bounded by the body, which is in memory already.
        let most = if name.is_some() { usize::MAX } else { text_left };
        let bytes =
            part.bytes(most).await.map_err(|_| "The text of the form is too long.")?.map_err(|_| BROKEN)?;
        match name {
            // What browsers send for a field in which no file was chosen.
            Some(name) if name.is_empty() && bytes.is_empty() => {}
            Some(name) => files.push(SentFile { field, name: shown_name(&name), bytes }),
            None => {
                text_left -= bytes.len();
                let value = String::from_utf8(bytes.to_vec()).map_err(|_| "Send the form as UTF-8.")?;
                values.push((field, value));
            }
        }
    }
    Ok(Upload { form: Form::sent_with_files(values), files })
}

fn shown_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or("");
    last.chars().filter(|c| !c.is_control()).take(MOST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn parsed(body: &str, most_text: usize) -> Result<Upload, &'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "multipart/form-data; boundary=b".parse().unwrap());
        parse(&headers, Bytes::from(body.replace('\n', "\r\n")), most_text).await
    }

    const TWO: &str = "--b\nContent-Disposition: form-data; name=\"note\"\n\nGrüße\n\
        --b\nContent-Disposition: form-data; name=\"list\"; filename=\"C:\\\\x\\\\a.csv\"\nContent-Type: text/csv\n\n1,2\n--b--\n";

    #[actix_web::test]
    async fn fields_and_files_come_apart() {
        let upload = parsed(TWO, 100).await.unwrap();
        assert_eq!(upload.form.value("note"), "Grüße");
        let file = upload.file("list").unwrap();
        assert_eq!((file.name.as_str(), &file.bytes[..]), ("a.csv", &b"1,2"[..]));
        assert!(upload.clone().only(&["note"], &["list"]).is_ok());
        assert!(upload.clone().only(&["note"], &[]).is_err());
        assert!(upload.only(&[], &["list"]).is_err());
    }

    #[actix_web::test]
    async fn an_empty_choice_is_no_file_and_two_are_one_too_many() {
        let part = |name: &str, content: &str| {
            format!("--b\nContent-Disposition: form-data; name=\"list\"; filename=\"{name}\"\n\n{content}\n")
        };
        let none = parsed(&(part("", "") + "--b--\n"), 10).await.unwrap();
        assert_eq!(none.file("list"), None);
        let empty = parsed(&(part("a", "") + "--b--\n"), 10).await.unwrap();
        assert_eq!(empty.file("list").unwrap().bytes.len(), 0);
        let two = parsed(&(part("a", "1") + &part("b", "2") + "--b--\n"), 10).await.unwrap();
        assert!(two.only(&[], &["list"]).unwrap_err().to_string().contains("Choose one file"));
    }

    #[actix_web::test]
    async fn limits_and_broken_bodies_are_refusals() {
        assert!(parsed(TWO, 3).await.unwrap_err().contains("too long"));
        let field = "--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n";
        assert!(parsed(&(field.repeat(MOST_PARTS) + "--b--\n"), 1000).await.is_ok());
        assert!(
            parsed(&(field.repeat(MOST_PARTS + 1) + "--b--\n"), 1000).await.unwrap_err().contains("too many")
        );
        for broken in [
            "",
            "nothing",
            "--b",
            "--b\n",
            "--b\nX: y\n\n1\n--b--\n",
            &TWO[..60],
            &TWO[..120],
            "--b\n\n--b--\n",
        ] {
            assert!(parsed(broken, 100).await.is_err(), "{broken:?}");
        }
    }

    #[test]
    fn names_of_files_are_only_names() {
        assert_eq!(shown_name("../../etc/passwd"), "passwd");
        assert_eq!(shown_name("a\nb\0.csv"), "ab.csv");
        assert_eq!(shown_name(&"é".repeat(500)).chars().count(), MOST_NAME);
    }
}
