//! The order of events: `Setup Ballot* EndBallots EncryptedTally (Shuffle+ EndShuffles)? PartialDecryption+ Result`.
//!
//! No release of the tool enforces it. Without it a second EndBallots hides the ballots before it, a result can
//! precede its decryptions, and shuffles can be left out.

use crate::archive::EventKind;

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    last: EventKind,
    mixed: bool,
}

impl Order {
    /// After the setup of an election with or without mixed questions.
    pub(super) fn after_setup(mixed: bool) -> Self {
        Self { last: EventKind::Setup, mixed }
    }

    /// Whether an event of this kind may follow; if so, it is the last one now.
    pub(super) fn accepts(&mut self, next: EventKind) -> bool {
        use EventKind::*;
        let allowed = match (self.last, next) {
            (Setup | Ballot, Ballot | EndBallots) => true,
            (EndBallots, EncryptedTally) => true,
            (EncryptedTally, Shuffle) | (Shuffle, Shuffle | EndShuffles) => self.mixed,
            (EncryptedTally, PartialDecryption) => !self.mixed,
            (EndShuffles, PartialDecryption) => self.mixed,
            (PartialDecryption, PartialDecryption | Result) => true,
            _ => false,
        };
        if allowed {
            self.last = next;
        }
        allowed
    }

    /// One sentence for an event that does not follow.
    pub(super) fn refusal(&self, next: EventKind) -> String {
        match (self.last, next) {
            (EventKind::EncryptedTally, EventKind::PartialDecryption | EventKind::EndShuffles)
                if self.mixed =>
            {
                format!("an event of type {next} follows the encrypted tally although nobody has shuffled it")
            }
            (last, _) => {
                format!("an event of type {next} may not follow one of type {last} in this election")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EventKind::*;

    fn accepted(mixed: bool, kinds: &[EventKind]) -> bool {
        let mut order = Order::after_setup(mixed);
        kinds.iter().all(|kind| order.accepts(*kind))
    }

    #[test]
    fn what_does_not_follow_is_said_in_words() {
        let after_tally = |mixed| {
            let mut order = Order::after_setup(mixed);
            assert!([EndBallots, EncryptedTally].into_iter().all(|kind| order.accepts(kind)));
            order
        };
        let unshuffled =
            "an event of type PartialDecryption follows the encrypted tally although nobody has shuffled it";
        assert_eq!(after_tally(true).refusal(PartialDecryption), unshuffled);
        let twice = "an event of type Ballot may not follow one of type EncryptedTally in this election";
        assert_eq!(after_tally(true).refusal(Ballot), twice);
        let needless =
            "an event of type EndShuffles may not follow one of type EncryptedTally in this election";
        assert_eq!(after_tally(false).refusal(EndShuffles), needless);
    }

    #[test]
    fn exactly_the_two_sequences_are_accepted() {
        let plain =
            [Ballot, Ballot, EndBallots, EncryptedTally, PartialDecryption, PartialDecryption, Result];
        let mixed =
            [Ballot, EndBallots, EncryptedTally, Shuffle, Shuffle, EndShuffles, PartialDecryption, Result];
        assert!(
            accepted(false, &plain)
                && accepted(true, &mixed)
                && accepted(false, &[EndBallots, EncryptedTally])
        );
        assert!(!accepted(true, &plain) && !accepted(false, &mixed));
        for sequence in [plain.as_slice(), &mixed] {
            let is_mixed = sequence.contains(&Shuffle);
            for skipped in 0..sequence.len() {
                let kind = sequence[skipped];
                let again =
                    sequence[..skipped].last() == Some(&kind) || sequence.get(skipped + 1) == Some(&kind);
                let mut without = sequence.to_vec();
                without.remove(skipped);
                let may_miss = again || kind == Ballot || kind == Result;
                assert_eq!(accepted(is_mixed, &without), may_miss, "without {kind}");
                let mut twice = sequence.to_vec();
                twice.insert(skipped, kind);
                assert_eq!(accepted(is_mixed, &twice), kind.repeats(), "{kind} twice");
            }
            for end in [Setup, Ballot, EndBallots, Result] {
                assert!(!accepted(is_mixed, &[sequence, &[end]].concat()), "{end} at the end");
            }
        }
    }
}
