//! What the ballot box never takes and never gives back: copies of ciphertexts, changes of what was written, keys unseen.

use std::convert::Infallible;

use folkmoot_ballot::ballot;
use folkmoot_ballot::election::Election as Object;
use folkmoot_ballot::group::Ed25519;
use folkmoot_store::Conn;
use folkmoot_store::diesel::connection::SimpleConnection;
use rand_core::{TryCryptoRng, TryRng};
use ring::digest::{SHA256, digest};

use super::rules::{TIMES, board, one};
use super::stage::Stage;
use crate::error::AppError;

/// Randomness that comes a second time, as from a broken device.
struct Again(u64);

impl TryRng for Again {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        for chunk in to.chunks_mut(32) {
            self.0 += 1;
            let block = digest(&SHA256, &self.0.to_be_bytes());
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Again {}

#[actix_web::test]
async fn a_ciphertext_comes_once_also_across_revotes_and_after_a_restart() {
    let stage = Stage::<Ed25519>::named(2, TIMES, |_| board()).await;
    stage.open().await;
    let json = stage.now().election_json.unwrap();
    let object = Object::<Ed25519>::parse(json.as_bytes()).unwrap();
    // The first answer is chosen alike, with the same randomness: that ciphertext is the same, the ballot is another.
    let seal = |voter: usize, marks: &[u8]| {
        ballot::encrypt_with(&object, stage.credential(voter), &[marks.to_vec()], &mut Again(7)).unwrap()
    };
    let (status, answer) = stage.send(&stage.booth(0).await, &seal(0, &[1, 0, 0])).await;
    assert_eq!(status, 200, "{answer}");
    let codes = async |sealed: &str, voter: usize| {
        let (status, answer) = stage.send(&stage.booth(voter).await, sealed).await;
        (status, answer["error"]["code"].as_str().map(str::to_owned))
    };
    let copied = (409, Some("copied".to_owned()));
    assert_eq!(codes(&seal(0, &[1, 1, 0]), 0).await, copied, "one's own, in a second vote");
    assert_eq!(codes(&seal(1, &[1, 1, 0]), 1).await, copied, "somebody else's");
    let other = stage.second_server();
    let (election, voter) = (stage.now(), stage.voters[1].id);
    let refused = crate::elections::cast::cast(&other, &election, voter, seal(1, &[1, 0, 1])).await.unwrap();
    assert_eq!(refused.unwrap_err().code(), "copied", "after a restart");
    assert_eq!(stage.events("Ballot"), 1);
    stage.vote(&one(1, [1, 0, 0])).await;
}

#[actix_web::test]
async fn the_database_itself_refuses_to_change_what_was_written() {
    let stage = Stage::<Ed25519>::named(1, TIMES, |_| board()).await;
    stage.open().await;
    stage.vote(&one(0, [1, 0, 0])).await;
    for (table, column) in [
        ("election_objects", "kind"),
        ("election_events", "kind"),
        ("ballots", "tracker"),
        ("ballot_ciphertexts", "digest"),
        ("log_checkpoints", "note"),
    ] {
        for act in [format!("UPDATE {table} SET {column} = 'x'"), format!("DELETE FROM {table}")] {
            let run = |c: &mut Conn| Ok::<_, AppError>(c.batch_execute(&act)?);
            let refused = stage.app.app.store().write(run).unwrap_err();
            assert!(format!("{refused:?}").contains("append-only"), "{act}: {refused:?}");
        }
    }
    assert_eq!(stage.events("Ballot"), 1);
    stage.verified(false).await;
}

#[actix_web::test]
async fn fingerprints_of_the_keys_stand_on_the_public_page() {
    let stage = Stage::<Ed25519>::named(1, TIMES, |_| board()).await;
    stage.open().await;
    let page = stage.page("").await;
    let id = stage.now().id;
    let read = |c: &mut Conn| Ok::<_, AppError>(folkmoot_store::elections::trustees::all(c, id)?);
    let prints: Vec<String> =
        stage.app.app.store().read(read).unwrap().into_iter().filter_map(|t| t.fingerprint).collect();
    assert_eq!(prints.len(), 3);
    for print in &prints {
        assert!(page.contains(print.as_str()), "{print} is not in {page}");
    }
}
