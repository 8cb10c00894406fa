//! Keys, notes, checkpoints, receipts, comparison and tiles, with the published test vector of signed notes.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use folkmoot_ballot::receipt::tiles::{Tile, entry_bundle, tiles_since};
use folkmoot_ballot::receipt::{
    Checkpoint, Comparison, Conflict, Evidence, Hash, KeyKind, Note, Receipt, ReceiptError, SignedCheckpoint,
    SigningKey, Tree, VerifierKey, compare, compare_with_proof, leaf_hash, verify_inclusion,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const ORIGIN: &str = "vote.example/e/7Pci3bjzi4KuFj";

fn key(kind: KeyKind, byte: u8) -> SigningKey {
    SigningKey::from_seed("vote.example", kind, Zeroizing::new([byte; 32])).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A chain of events as an archive has it. Ballots whose height is in `altered` differ from those of the same
/// height in another chain.
fn events(n: usize, altered: &[usize]) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = Vec::new();
    for height in 0..n {
        let payload = hex(&Sha256::digest(format!("{height} {}", altered.contains(&height))));
        out.push(match out.last() {
            None => format!(r#"{{"height":0,"type":"Setup","payload":"{payload}"}}"#).into_bytes(),
            Some(last) => {
                let parent = hex(&Sha256::digest(last));
                format!(r#"{{"parent":"{parent}","height":{height},"type":"Ballot","payload":"{payload}"}}"#)
                    .into_bytes()
            }
        });
    }
    out
}

fn tree(events: &[Vec<u8>]) -> Tree {
    let mut t = Tree::new();
    for e in events {
        t.push(e);
    }
    t
}

fn receipt(events: &[Vec<u8>], index: usize) -> Receipt {
    Receipt::issue(ORIGIN, &tree(events), index as u64, &events[index], &key(KeyKind::Log, 1)).unwrap()
}

const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SKEY: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNED: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn published_vector_of_signed_notes() {
    let verifier = VerifierKey::parse(VKEY).unwrap();
    assert_eq!(verifier.to_string(), VKEY);
    assert_eq!(verifier.id(), [0xc7, 0x4f, 0x20, 0xa3]);
    let signer = SigningKey::parse(SKEY).unwrap();
    assert_eq!(*signer.to_secret_text(), SKEY);
    assert_eq!(signer.verifier(), &verifier);
    let note = format!("{TEXT}\n{SIGNED}");
    assert_eq!(Note::sign(TEXT, &signer).unwrap().to_string(), note);
    let read = Note::parse(&note).unwrap();
    read.signed_by(&verifier).unwrap();
    assert_eq!((read.text(), read.to_string()), (TEXT, note.clone()));
    let altered = Note::parse(&note.replace("problem is", "problem was")).unwrap();
    assert_eq!(altered.signed_by(&verifier), Err(ReceiptError::BadSignature("PeterNeumann".into())));
    let stranger = key(KeyKind::Log, 1);
    assert_eq!(read.signed_by(stranger.verifier()), Err(ReceiptError::NotSigned("vote.example".into())));
}

#[test]
fn mangled_keys_and_notes_are_refused() {
    for start in 0..=VKEY.len() {
        for end in start + 1..=VKEY.len() {
            if (start, end) != (0, VKEY.len()) {
                assert!(VerifierKey::parse(&VKEY[start..end]).is_err(), "{}", &VKEY[start..end]);
            }
        }
    }
    for i in 0..VKEY.len() {
        let mut bytes = VKEY.as_bytes().to_vec();
        bytes[i] += 1;
        assert!(VerifierKey::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
    }
    // The identity, a point of order 2, and y = p + 1 verify what nobody signed.
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    let mut overflow = [0xff; 32];
    (overflow[0], overflow[31]) = (0xee, 0x7f);
    for point in [identity, minus_one, overflow] {
        assert!(VerifierKey::new("vote.example", KeyKind::Log, point).is_err());
    }
    for name in ["", "two words", "a+b", "a\u{a0}b"] {
        assert!(SigningKey::from_seed(name, KeyKind::Log, Zeroizing::new([1; 32])).is_err());
    }
    for bad in [
        "",
        "\n",
        "text",
        TEXT,
        "text\n\n",
        "\n\n\u{2014} n AAAAAAA=\n",
        "t\u{1}\n\n\u{2014} n AAAAAAA=\n",
        "t\n\n\u{2014} n AAAAAAA=",
        "t\n\n- n AAAAAAA=\n",
        "t\n\n\u{2014} n AAAAAA==\n",
        "t\n\n\u{2014} n\u{2003}m AAAAAAA=\n",
        "t\n\n\u{2014} n AAAAAAB=\n",
        "t\n\n\u{2014}  AAAAAAA=\n",
    ] {
        assert!(Note::parse(bad).is_err(), "{bad:?}");
    }
    assert!(Note::parse("t\n\n\u{2014} n AAAAAAA=\n").is_ok());
    assert!(Note::parse(&format!("t\n\n{}", "\u{2014} n AAAAAAA=\n".repeat(64))).is_ok());
    assert!(Note::parse(&format!("t\n\n{}", "\u{2014} n AAAAAAA=\n".repeat(65))).is_err());
}

#[test]
fn secrets_are_not_shown_by_debug() {
    let signer = SigningKey::parse(SKEY).unwrap();
    let shown = format!("{signer:?}");
    assert!(shown.contains(VKEY) && !shown.contains("AYEKFALV"));
}

#[test]
fn checkpoints_have_the_specified_text_and_one_canonical_form() {
    let t = tree(&events(5, &[]));
    let signed = Checkpoint::of(ORIGIN, &t).sign(&key(KeyKind::Log, 1)).unwrap();
    let text = signed.to_string();
    assert!(text.starts_with(&format!("{ORIGIN}\n5\n")));
    let read = SignedCheckpoint::parse(&text).unwrap();
    assert_eq!(read.verify(key(KeyKind::Log, 1).verifier()).unwrap(), &Checkpoint::of(ORIGIN, &t));
    assert!(read.verify(key(KeyKind::Log, 2).verifier()).is_err());
    assert!(read.verify(key(KeyKind::Witness, 1).verifier()).is_err());
    for bad in ["a\n05\n", "a\n-1\n", "a\n\n", "\n5\n", "a\n18446744073709551616\n"] {
        assert!(Checkpoint::parse(&format!("{bad}{}\n", "A".repeat(43) + "=")).is_err(), "{bad:?}");
    }
    assert!(Checkpoint::parse("a\n5\nAAAA\n").is_err());
    assert!(Checkpoint::of("bad\u{1}origin", &t).sign(&key(KeyKind::Log, 1)).is_err());
    assert!(Checkpoint::of("two\nlines", &t).sign(&key(KeyKind::Log, 1)).is_err());
}

#[test]
fn witnesses_cosign_with_a_time() {
    let t = tree(&events(5, &[]));
    let mut signed = Checkpoint::of(ORIGIN, &t).sign(&key(KeyKind::Log, 1)).unwrap();
    let witness =
        SigningKey::from_seed("witness.example/w1", KeyKind::Witness, Zeroizing::new([9; 32])).unwrap();
    assert!(signed.cosign(&key(KeyKind::Log, 1), 5).is_err());
    signed.cosign(&witness, 1_679_315_147).unwrap();
    let read = SignedCheckpoint::parse(&signed.to_string()).unwrap();
    let found = read.cosignatures(std::slice::from_ref(witness.verifier())).unwrap();
    assert_eq!(
        (found[0].witness.as_str(), found[0].time, found.len()),
        ("witness.example/w1", 1_679_315_147, 1)
    );
    read.verify(key(KeyKind::Log, 1).verifier()).unwrap();
    let other =
        SigningKey::from_seed("witness.example/w1", KeyKind::Witness, Zeroizing::new([8; 32])).unwrap();
    assert_eq!(read.cosignatures(&[other.verifier().clone()]).unwrap(), []);
    // A changed time breaks the cosignature: it stands in the signed message.
    let line = signed.note().signatures()[1].to_string();
    let mut bytes = signed.note().signatures()[1].bytes.clone();
    bytes[7] ^= 1;
    let forged = folkmoot_ballot::receipt::NoteSignature { bytes, ..signed.note().signatures()[1].clone() };
    let text = signed.to_string().replace(&line, &forged.to_string());
    assert!(
        SignedCheckpoint::parse(&text)
            .unwrap()
            .cosignatures(std::slice::from_ref(witness.verifier()))
            .is_err()
    );
}

#[test]
fn an_archive_is_held_against_a_checkpoint() {
    let honest = events(9, &[]);
    let checkpoint = Checkpoint::of(ORIGIN, &tree(&honest[..6]));
    checkpoint.check_tree(&tree(&honest)).unwrap();
    assert_eq!(
        checkpoint.check_tree(&tree(&honest[..5])),
        Err(ReceiptError::ArchiveShort { have: 5, signed: 6 })
    );
    assert_eq!(checkpoint.check_tree(&tree(&events(9, &[3]))), Err(ReceiptError::ArchiveDiffers { size: 6 }));
}

#[test]
fn receipts_survive_the_mail_and_name_the_tracker() {
    let all = events(5, &[]);
    let r = receipt(&all, 3);
    let text = r.to_string();
    assert!(text.len() < 900, "{} bytes", text.len());
    for text in [text.clone(), text.replace('\n', "\r\n")] {
        let read = Receipt::parse(&text).unwrap();
        assert_eq!(read, r);
        let v = read.verify(key(KeyKind::Log, 1).verifier(), Some(ORIGIN)).unwrap();
        assert_eq!((v.index, v.event.height, v.checkpoint.size), (3, 3, 5));
        assert_eq!(v.event_hash, hex(&Sha256::digest(&all[3])));
        assert_eq!(v.event.tracker().unwrap().len(), 43);
    }
    assert!(matches!(
        r.verify(key(KeyKind::Log, 1).verifier(), Some("other")),
        Err(ReceiptError::Origin { .. })
    ));
    assert!(
        receipt(&all, 0).verify(key(KeyKind::Log, 1).verifier(), None).unwrap().event.tracker().is_none()
    );
}

#[test]
fn every_changed_character_of_a_receipt_is_noticed() {
    let text = receipt(&events(6, &[]), 2).to_string();
    let verifier = key(KeyKind::Log, 1).verifier().clone();
    for (i, c) in text.char_indices() {
        let mut altered = text.clone();
        let new = if c == 'B' { "C" } else { "B" };
        altered.replace_range(i..i + c.len_utf8(), new);
        assert!(
            Receipt::parse(&altered).and_then(|r| r.verify(&verifier, Some(ORIGIN))).is_err(),
            "{altered}"
        );
    }
    for end in 0..text.len() {
        if text.is_char_boundary(end) {
            assert!(Receipt::parse(&text[..end]).is_err());
        }
    }
}

#[test]
fn a_receipt_cannot_be_made_for_another_event() {
    let all = events(5, &[]);
    let t = tree(&all);
    let signed = Checkpoint::of(ORIGIN, &t).sign(&key(KeyKind::Log, 1)).unwrap();
    assert_eq!(Receipt::under(&t, 2, &all[3], signed.clone()), Err(ReceiptError::NotIncluded(2)));
    assert!(Receipt::under(&t, 5, &all[3], signed).is_err());
    // An entry whose height is not its place: a log that lies about heights is refused too.
    let mut crooked = Tree::new();
    crooked.push(&all[1]);
    let r = Receipt::issue(ORIGIN, &crooked, 0, &all[1], &key(KeyKind::Log, 1)).unwrap();
    assert!(matches!(r.verify(key(KeyKind::Log, 1).verifier(), None), Err(ReceiptError::Malformed { .. })));
}

#[test]
fn comparing_proves_equivocation() {
    let (a, b) = (events(9, &[]), events(9, &[4]));
    let verifier = key(KeyKind::Log, 1).verifier().clone();
    let both = |x: &Receipt, y: &Receipt| {
        compare(&Evidence::Receipt(x.clone()), &Evidence::Receipt(y.clone()), &verifier).unwrap()
    };
    assert_eq!(both(&receipt(&a, 2), &receipt(&b, 2)), Comparison::Equivocation(Conflict::Roots { size: 9 }));
    assert_eq!(
        both(&receipt(&a[..7], 4), &receipt(&b, 4)),
        Comparison::Equivocation(Conflict::Events { index: 4 })
    );
    assert_eq!(
        both(&receipt(&a[..8], 3), &receipt(&b, 4)),
        Comparison::Equivocation(Conflict::Range { start: 0, end: 8 })
    );
    assert_eq!(
        both(&receipt(&a[..6], 4), &receipt(&b, 5)),
        Comparison::Equivocation(Conflict::Parent { index: 5 })
    );
    assert_eq!(both(&receipt(&a[..4], 1), &receipt(&a, 2)), Comparison::Consistent { sizes: (4, 9) });
    // Without the proof, 5 against 9 is open; with it, settled; a wrong proof settles nothing.
    let (x, y) = (Evidence::Receipt(receipt(&a[..5], 1)), Evidence::Receipt(receipt(&a, 2)));
    assert_eq!(compare(&x, &y, &verifier).unwrap(), Comparison::Open { old: 5, new: 9 });
    let proof = tree(&a).consistency(5, 9).unwrap();
    assert_eq!(
        compare_with_proof(&y, &x, &verifier, &proof).unwrap(),
        Comparison::Consistent { sizes: (9, 5) }
    );
    assert!(matches!(
        compare_with_proof(&x, &y, &verifier, &proof[1..]),
        Err(ReceiptError::NotConsistent { .. })
    ));
    let other_log = Receipt::issue("elsewhere", &tree(&a), 1, &a[1], &key(KeyKind::Log, 1)).unwrap();
    assert!(compare(&x, &Evidence::Receipt(other_log), &verifier).is_err());
    let forged = Receipt::issue(ORIGIN, &tree(&b), 1, &b[1], &key(KeyKind::Log, 2)).unwrap();
    assert!(
        compare(&x, &Evidence::Receipt(forged), &verifier).is_err(),
        "an unsigned statement proves nothing"
    );
}

#[test]
fn evidence_of_both_kinds_is_read() {
    let all = events(8, &[]);
    let r = receipt(&all, 5);
    let checkpoint = Evidence::parse(&r.checkpoint().to_string().replace('\n', "\r\n")).unwrap();
    assert!(matches!(checkpoint, Evidence::Checkpoint(_)));
    let verifier = key(KeyKind::Log, 1).verifier().clone();
    let read = Evidence::parse(&r.to_string()).unwrap();
    assert_eq!(compare(&read, &checkpoint, &verifier).unwrap(), Comparison::Consistent { sizes: (8, 8) });
    let forked = Checkpoint::of(ORIGIN, &tree(&events(8, &[7]))).sign(&key(KeyKind::Log, 1)).unwrap();
    assert_eq!(
        compare(&read, &Evidence::Checkpoint(forked), &verifier).unwrap(),
        Comparison::Equivocation(Conflict::Roots { size: 8 })
    );
}

#[test]
fn tiles_follow_the_specification() {
    let named = |level, index, width| Tile { level, index, width }.to_string();
    assert_eq!(named(0, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(named(1, 0, 17), "tile/1/000.p/17");
    assert_eq!(Tile { level: 0, index: 1000, width: 3 }.entries_path().unwrap(), "tile/entries/x001/000.p/3");
    assert_eq!(Tile { level: 1, index: 0, width: 3 }.entries_path(), None);
    // The specification's own example: 70,000 leaves.
    let all = tiles_since(0, 70_000);
    let count = |level, full| all.iter().filter(|t| t.level == level && (t.width == 256) == full).count();
    assert_eq!(
        (count(0, true), count(0, false), count(1, true), count(1, false), count(2, false)),
        (273, 1, 1, 1, 1)
    );
    let width = |level| all.iter().rfind(|t| t.level == level).unwrap().width;
    assert_eq!((width(0), width(1), width(2), all.len()), (112, 17, 1, 277));
    assert_eq!(
        tiles_since(0, 256).iter().map(Tile::to_string).collect::<Vec<_>>(),
        ["tile/0/000", "tile/1/000.p/1"]
    );
    assert_eq!(
        tiles_since(255, 257).iter().map(Tile::to_string).collect::<Vec<_>>(),
        ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]
    );
    assert_eq!(tiles_since(300, 300), []);
    assert_eq!(entry_bundle(&["", "ab"]).unwrap(), [0, 0, 0, 2, b'a', b'b']);
    assert!(entry_bundle(&[vec![0; 65_536]]).is_err());
}

#[test]
fn the_root_can_be_rebuilt_from_tiles_alone() {
    let t = tree(&events(700, &[]));
    let mut rebuilt = Tree::new();
    for tile in tiles_since(0, 700).iter().filter(|t| t.level == 0) {
        for hash in tile.bytes(&t).unwrap().chunks(32) {
            rebuilt.push_leaf(Hash::try_from(hash).unwrap());
        }
    }
    assert_eq!(rebuilt.root(), t.root());
    let upper = Tile { level: 1, index: 0, width: 2 }.bytes(&t).unwrap();
    let mut first = Tree::new();
    for e in &events(256, &[]) {
        first.push(e);
    }
    assert_eq!(&upper[..32], first.root());
    assert!(Tile { level: 1, index: 0, width: 3 }.bytes(&t).is_err());
    assert!(Tile { level: 7, index: u64::MAX, width: 1 }.bytes(&t).is_err());
}

proptest! {
    #[test]
    fn honest_receipts_never_contradict(n in 1usize..300, m in 1usize..300, i in any::<prop::sample::Index>(), j in any::<prop::sample::Index>()) {
        let all = events(n.max(m), &[]);
        let (a, b) = (receipt(&all[..n], i.index(n)), receipt(&all[..m], j.index(m)));
        let verifier = key(KeyKind::Log, 1).verifier().clone();
        let verdict = compare(&Evidence::Receipt(a), &Evidence::Receipt(b), &verifier).unwrap();
        prop_assert!(!matches!(verdict, Comparison::Equivocation(_)), "{verdict:?}");
    }

    #[test]
    fn trees_of_any_bytes_prove_their_leaves(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..300), at in any::<prop::sample::Index>()) {
        let mut t = Tree::new();
        for e in &entries { t.push(e); }
        let (i, n) = (at.index(entries.len()) as u64, entries.len() as u64);
        let path = t.inclusion(i, n).unwrap();
        prop_assert!(verify_inclusion(i, n, leaf_hash(&entries[i as usize]), &path, &t.root()));
    }

    #[test]
    fn readers_of_any_text_never_panic(text in "\\PC*", lines in prop::collection::vec("[ -~\u{2014}]{0,60}", 0..12)) {
        let joined = lines.join("\n") + "\n";
        for t in [text.as_str(), joined.as_str()] {
            let _ = Evidence::parse(t);
            let _ = Receipt::parse(t);
            let _ = VerifierKey::parse(t);
            let _ = SigningKey::parse(t);
        }
    }
}
