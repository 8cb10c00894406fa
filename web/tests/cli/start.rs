//! What can go wrong before the first page is served: each is answered in one sentence that says what to do.

use std::net::TcpListener;

use folkmoot::demo::{Mark, SETTING};
use folkmoot_store::accounts::{self, NewPerson};
use folkmoot_store::{Options, PublicId, Store, StoreError, Utc, organisation};

use crate::desk::Desk;

/// Variables, command line, words of the answer.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a [&'a str]);

fn refused_each(desk: &Desk, cases: &[Case<'_>]) {
    for (variables, line, words) in cases {
        for word in *words {
            desk.run_with(line, variables).refused(1, word);
        }
    }
}

#[test]
fn a_port_in_use_is_named_with_the_way_out() {
    let desk = Desk::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let address = format!("127.0.0.1:{port}");
    refused_each(
        &desk,
        &[
            (&[("FOLKMOOT_LISTEN", &address)], "serve", &[&address, "in use", "FOLKMOOT_LISTEN"]),
            (&[], &format!("demo --port {port}"), &[&address, "in use", "--port"]),
            (&[("FOLKMOOT_LISTEN", "here")], "serve", &["\"here\"", "127.0.0.1:8080"]),
            (&[("FOLKMOOT_LISTEN", "127.0.0.1:80800")], "serve", &["80800", "127.0.0.1:8080"]),
        ],
    );
}

#[test]
fn a_wrong_database_address_is_named_with_the_way_out() {
    let desk = Desk::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("postgres://u@{}/n", closed.local_addr().unwrap());
    drop(closed);
    let free = ("FOLKMOOT_LISTEN", "127.0.0.1:0");
    let at = |url| [free, ("FOLKMOOT_DATABASE_URL", url)];
    refused_each(
        &desk,
        &[
            (&at("mysql://u@h/n"), "serve", &["\"mysql\"", "sqlite:PATH", "postgres://"]),
            (&at("sqlite:nowhere/x.db"), "serve", &["nowhere/x.db", "make that folder"]),
            (
                &at(&nobody),
                "serve",
                &["cannot open the database", "Connection refused; is the server running"],
            ),
            (&at("postgres://u@h/n?sslmode=require"), "migrate", &["system-libpq"]),
        ],
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let desk = Desk::new();
    desk.write("file", "in the way");
    let free = ("FOLKMOOT_LISTEN", "127.0.0.1:0");
    let at = |folder| [free, ("FOLKMOOT_DATA_FOLDER", folder)];
    refused_each(
        &desk,
        &[
            (&at("file"), "serve", &["data folder file", "choose another one"]),
            (&at("file/below"), "serve", &["file/below", "not a directory"]),
            (&at("/proc/folkmoot"), "migrate", &["/proc/folkmoot", "choose another one"]),
            (&[], "demo --port 0 --folder file", &["data folder file", "choose another one"]),
        ],
    );
}

#[test]
fn a_wrong_setting_is_named_with_its_place() {
    let desk = Desk::new();
    desk.write("unknown.toml", "listen = \"127.0.0.1:0\"\nlisten_on = 3\n");
    desk.write("type.toml", "[http]\nworkers = \"two\"\n");
    desk.write("broken.toml", "listen = \n");
    refused_each(
        &desk,
        &[
            (&[], "serve --config unknown.toml", &["unknown.toml, line 2", "`listen_on`", "`data_folder`"]),
            (&[], "config check --config type.toml", &["type.toml, line 2", "\"two\"", "a whole number"]),
            (&[], "serve --config broken.toml", &["broken.toml, line 1"]),
            (&[], "serve --config missing.toml", &["missing.toml"]),
            (&[("FOLKMOOT_LISTN", "x")], "serve", &["FOLKMOOT_LISTN", "`listen`"]),
            (&[("FOLKMOOT_HTTP__WORKERS", "two")], "serve", &["FOLKMOOT_HTTP__WORKERS", "a whole number"]),
            (&[("FOLKMOOT_PUBLIC_URL", "http://votes.example.org")], "serve", &["public_url", "https://"]),
        ],
    );
}

#[test]
fn a_demo_leaves_real_and_half_filled_folders_alone() {
    let desk = Desk::new();
    let now = Utc::parse("2026-06-01T12:00:00Z").unwrap();
    for (folder, mark, words) in
        [("real", None, "real installation"), ("half", Some(false), "stopped before")]
    {
        std::fs::create_dir(desk.path(folder)).unwrap();
        let url = format!("sqlite:{}", desk.path(folder).join("folkmoot.db").display());
        let store = Store::open(&url, &Options::default()).unwrap();
        let new = NewPerson {
            public_id: PublicId::new(now, [0; 10]),
            preferred_name: "Ann Arbour".into(),
            password_hash: None,
            time_zone: "UTC".into(),
            locale: "en".into(),
        };
        store
            .write(|c| {
                accounts::add_person(c, &new, now)?;
                if let Some(complete) = mark {
                    let mark = Mark { seed: 1, people: 1, complete };
                    organisation::put_setting(c, SETTING, &mark, now)?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
        drop(store);
        desk.run(&format!("demo --port 0 --folder {folder}")).refused(1, words);
    }
}

#[test]
fn the_help_names_every_command_and_how_to_begin() {
    let desk = Desk::new();
    let help = desk.run("--help").done().says("folkmoot demo").says("docs/operations.md");
    for command in ["demo", "serve", "migrate", "config", "verify", "trustee"] {
        assert!(help.out.contains(&format!("\n  {command} ")), "{}", help.out);
        desk.run(&format!("{command} --help")).done().says("Usage: folkmoot");
    }
}
