//! The count of one question, again and again where seats need it: more rounds of STAR for those passed over, a recount
//! without whoever gave up a seat where votes pass on (counting 2.13).

use folkmoot_counting::outcome::Detail;
use folkmoot_counting::{Amount, CountError, Lot, Method, Options, Outcome, Profile, count};
use folkmoot_governance::CandidateId;
use folkmoot_governance::seats::{Allocation, Outcome as Seated, allocate, next_in_rank, nobody};

use super::{GivenUp, Ties, Unresolved, body_size, fill, id, number, unresolved};
use crate::elections::settings::{AnswerSettings, QuestionSettings, Seating};
use crate::error::{AppError, AppResult};

/// A question with its votes and what resolves its ties.
pub(super) struct Case<'a> {
    pub index: usize,
    pub question: &'a QuestionSettings,
    pub method: &'a Method,
    pub profile: &'a Profile,
    pub ties: &'a Ties,
}

/// Why nothing is decided.
pub(super) enum Stop {
    /// A tie has to be resolved first.
    Tied(Unresolved),
    /// The settings do not allow it.
    Failed(AppError),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

type Step<T> = Result<T, Stop>;

/// How a method gives an order beyond those whom it elects.
enum Family {
    /// It ranks everybody at once: whoever is passed over changes nothing for the others.
    Ranks,
    /// One round for each seat, and one more for each who is passed over.
    Rounds,
    /// Votes pass on: whoever can take no seat is out of the count, and a seat given up is counted again.
    Transfers,
    /// As `Transfers`, by the rules of Belenios, which know neither limits nor vacancies.
    Belenios,
}

impl Case<'_> {
    fn family(&self) -> Family {
        match self.method {
            Method::Star { .. } => Family::Rounds,
            Method::StvScotland { .. } | Method::StvMeek { .. } | Method::Irv { .. } => Family::Transfers,
            Method::StvBelenios => Family::Belenios,
            _ => Family::Ranks,
        }
    }

    /// The outcome and who takes the seats.
    pub(super) fn decide(&self, gone: &[&GivenUp]) -> Step<(Outcome, Option<Allocation>)> {
        let options = self.options()?;
        let outcome = self.count(&options)?;
        let nothing = without_votes(&outcome);
        let seats = usize::try_from(self.question.seats).map_err(AppError::internal)?;
        if nothing && self.standing() > seats {
            return self.nobody(options);
        }
        let Some(seating) = &self.question.seating else { return Ok((outcome, None)) };
        let level = nothing.then(|| self.all_level());
        let ranking =
            |outcome: &Outcome| level.clone().unwrap_or_else(|| fill::ranking(self.question, outcome));
        match self.family() {
            _ if nothing => {
                let allocation = self.fill(seating, &outcome, ranking(&outcome), gone, |_| true)?;
                Ok((outcome, allocation))
            }
            Family::Ranks => {
                let allocation = self.fill(seating, &outcome, ranking(&outcome), gone, |_| true)?;
                Ok((elected(outcome, allocation.as_ref()), allocation))
            }
            Family::Rounds => self.rounds(seating, options, outcome, gone),
            Family::Transfers => self.transfers(seating, options, outcome, gone),
            Family::Belenios => self.belenios(seating, outcome, gone),
        }
    }

    /// How many could take a seat.
    fn standing(&self) -> usize {
        self.question.answers.iter().filter(|a| !a.withdrawn && a.ineligible.is_empty()).count()
    }

    fn all_level(&self) -> Vec<Vec<usize>> {
        let answers = self.question.answers.iter().enumerate();
        let (standing, gone): (Vec<_>, Vec<_>) = answers.partition(|(_, a)| !a.withdrawn);
        let gone = gone.into_iter().map(|(c, _)| vec![c]);
        std::iter::once(standing.into_iter().map(|(c, _)| c).collect()).chain(gone).collect()
    }

    fn options(&self) -> AppResult<Options> {
        let passes_on = matches!(self.family(), Family::Transfers | Family::Belenios);
        // Nobody may keep votes who can take no seat, where votes pass on to the next choice.
        let gone = |a: &AnswerSettings| a.withdrawn || (passes_on && !a.ineligible.is_empty());
        let answers = self.question.answers.iter().enumerate();
        let mut options = Options {
            seats: usize::try_from(self.question.seats).map_err(AppError::internal)?,
            withdrawn: answers.filter(|(_, a)| gone(a)).map(|(i, _)| i).collect(),
            lot: Lot::Separately {
                agreed: self.ties.of(self.index).map(|a| a.order.clone()).collect(),
                seed: self.ties.seed.clone(),
            },
            rank_only: self.question.seating.is_some() && matches!(self.family(), Family::Ranks),
            ..Default::default()
        };
        if let (Family::Transfers, Some(seating)) = (self.family(), &self.question.seating) {
            self.limit(seating, &mut options)?;
        }
        Ok(options)
    }

    /// Transfers depend on who is in the count, so a limit has to act there: whoever belongs to a full organisation goes out
    /// at once and keeps no votes. Members who serve on fill it from the start (bylaws 5.15).
    fn limit(&self, seating: &Seating, options: &mut Options) -> AppResult<()> {
        let Some(policy) = &seating.co_affiliation else { return Ok(()) };
        let of = |affiliations: &[_]| -> Vec<String> {
            let all = seating.organisations.of(affiliations, &policy.definition);
            all.into_iter().map(|o| o.to_string()).collect()
        };
        let serving: Vec<String> = seating.serving.iter().flat_map(|m| of(&m.affiliations)).collect();
        // One seat alone cannot break a limit that nobody in office has a share of.
        if self.method.is_single() && serving.is_empty() {
            return Ok(());
        }
        let limit = policy.limit(body_size(self.question, seating));
        options.serving = serving;
        options.affiliations = self.question.answers.iter().map(|a| of(&a.affiliations)).collect();
        options.max_per_group = Some(usize::try_from(limit).map_err(AppError::internal)?);
        Ok(())
    }

    fn count(&self, options: &Options) -> Step<Outcome> {
        count(self.method, self.profile, options).map_err(|error| match error {
            CountError::LotNeeded { tied, .. } => Stop::Tied(unresolved(self.index, self.question, tied)),
            error => self.refused(&error),
        })
    }

    fn refused(&self, why: &dyn std::fmt::Display) -> Stop {
        AppError::conflict(format!("“{}” cannot be counted: {why}", self.question.title)).into()
    }

    /// No vote counts for anybody: nobody is seated, and nothing is left to a lot (counting 1).
    fn nobody(&self, options: Options) -> Step<(Outcome, Option<Allocation>)> {
        let mut outcome = self.count(&Options { lot: Lot::Undrawn, rank_only: false, ..options })?;
        outcome.winners.clear();
        let Some(seating) = &self.question.seating else { return Ok((outcome, None)) };
        let input = fill::input(self.index, (self.question, seating), &outcome, &self.all_level(), self.ties);
        let allocation = nobody(&input).map_err(|e| self.unfit(&e))?;
        Ok((outcome, Some(allocation)))
    }

    fn unfit(&self, why: &folkmoot_governance::seats::SeatError) -> Stop {
        AppError::conflict(format!("The seats of “{}” cannot be filled: {why}.", self.question.title)).into()
    }

    fn settled(&self, seated: Result<Seated, folkmoot_governance::seats::SeatError>) -> Step<Allocation> {
        match seated.map_err(|e| self.unfit(&e))? {
            Seated::Allocated(allocation) => Ok(allocation),
            Seated::Tied(tie) => {
                let tied = tie.candidates.iter().filter_map(|who| number(&who.id)).collect();
                Err(Stop::Tied(unresolved(self.index, self.question, tied)))
            }
        }
    }

    /// Walks down the ranking, and again after each departure; `None` where the ranking does not reach far enough.
    fn fill(
        &self,
        seating: &Seating,
        outcome: &Outcome,
        ranking: Vec<Vec<usize>>,
        gone: &[&GivenUp],
        complete: impl Fn(&Allocation) -> bool,
    ) -> Step<Option<Allocation>> {
        let mut input = fill::input(self.index, (self.question, seating), outcome, &ranking, self.ties);
        let mut now = self.settled(allocate(&input))?;
        let mut steps = Vec::new();
        for departure in gone {
            if !complete(&now) {
                return Ok(None);
            }
            let left = id(departure.candidate);
            steps.append(&mut now.steps);
            now = self.settled(next_in_rank(&input, &now, &left, &departure.why, departure.refill))?;
            fill::leaves(&mut input, &left);
        }
        if !complete(&now) {
            return Ok(None);
        }
        steps.append(&mut now.steps);
        now.steps = steps;
        Ok(Some(now))
    }

    fn rounds(
        &self,
        seating: &Seating,
        mut options: Options,
        mut outcome: Outcome,
        gone: &[&GivenUp],
    ) -> Step<(Outcome, Option<Allocation>)> {
        loop {
            let all = options.seats >= self.question.answers.len();
            let won = |c: &CandidateId| number(c).is_some_and(|n| outcome.winners.contains(&n));
            let complete =
                |a: &Allocation| all || (a.vacant == 0 && a.seats.iter().all(|s| won(&s.candidate)));
            let ranking = fill::ranking(self.question, &outcome);
            if let Some(allocation) = self.fill(seating, &outcome, ranking, gone, complete)? {
                return Ok((outcome, Some(allocation)));
            }
            options.seats += 1;
            outcome = self.count(&options)?;
        }
    }

    /// Each departure is a count again without whoever left; those who keep their seats are safe in it (counting 2.13).
    fn transfers(
        &self,
        seating: &Seating,
        mut options: Options,
        mut outcome: Outcome,
        gone: &[&GivenUp],
    ) -> Step<(Outcome, Option<Allocation>)> {
        let ranking = fill::ranking(self.question, &outcome);
        let input = fill::input(self.index, (self.question, seating), &outcome, &ranking, self.ties);
        let mut now = self.settled(allocate(&input))?;
        let (mut steps, mut before) = (Vec::new(), Vec::new());
        for departure in gone {
            let left = id(departure.candidate);
            let stays = now.seats.iter().filter(|s| s.candidate != left);
            let kept: Vec<usize> = stays.filter_map(|s| number(&s.candidate)).collect();
            options.withdrawn.push(departure.candidate);
            if !self.method.is_single() {
                options.sitting.clone_from(&kept);
            }
            let mut again = self.count(&options)?;
            // Those who stay keep their order, and whoever comes in comes after them.
            let mut new = fill::ranking(self.question, &again);
            new.iter_mut().for_each(|level| level.retain(|c| !kept.contains(c)));
            new.retain(|level| !level.is_empty());
            let ranking: Vec<Vec<usize>> = kept.iter().map(|c| vec![*c]).chain(new).collect();
            let mut input = fill::input(self.index, (self.question, seating), &again, &ranking, self.ties);
            before.iter().for_each(|gone| fill::leaves(&mut input, gone));
            let vacancies = options.seats.saturating_sub(kept.len());
            let others = self.question.answers.len().saturating_sub(options.withdrawn.len() + kept.len());
            if without_votes(&again) && others > vacancies {
                fill::only(&mut input, |c| kept.contains(&c) || c == departure.candidate);
            }
            steps.append(&mut now.steps);
            now = self.settled(next_in_rank(&input, &now, &left, &departure.why, departure.refill))?;
            before.push(left);
            let told = std::mem::take(&mut outcome.steps);
            again.steps.splice(0..0, told);
            outcome = again;
        }
        steps.append(&mut now.steps);
        now.steps = steps;
        Ok((outcome, Some(now)))
    }

    fn belenios(
        &self,
        seating: &Seating,
        outcome: Outcome,
        gone: &[&GivenUp],
    ) -> Step<(Outcome, Option<Allocation>)> {
        if !gone.is_empty() {
            return Err(AppError::conflict(NO_REFILL).into());
        }
        let ranking = fill::ranking(self.question, &outcome);
        let mut input = fill::input(self.index, (self.question, seating), &outcome, &ranking, self.ties);
        // For this method whoever is listed by nobody does not exist.
        if outcome.winners.len() < outcome.seats {
            fill::only(&mut input, |c| outcome.winners.contains(&c));
        }
        let allocation = self.settled(allocate(&input))?;
        if !allocation.skipped.is_empty() || allocation.seats.iter().any(|s| s.requalified) {
            return Err(self.refused(&"its method cannot keep the limit on common affiliations."));
        }
        Ok((outcome, Some(allocation)))
    }
}

/// Why a seat given up stays empty under the rules of Belenios.
pub(super) const NO_REFILL: &str = "The method of this question has no rule for a seat that is given up: a count again without the one who leaves could unseat others. Announce the result as it is; when the seat is empty, fill it by a by-election or an appointment.";

fn elected(mut outcome: Outcome, allocation: Option<&Allocation>) -> Outcome {
    let seats = allocation.map(|a| a.seats.as_slice()).unwrap_or_default();
    outcome.winners = seats.iter().filter_map(|s| number(&s.candidate)).collect();
    outcome
}

/// Nobody who stands got anything from a ballot that counts.
fn without_votes(outcome: &Outcome) -> bool {
    match (outcome.counts.valid, &outcome.detail) {
        // Every ballot ended before it said anything, at a first rank that several share.
        _ if matches!(outcome.settings, Method::Irv { .. }) && outcome.winners.is_empty() => true,
        (Some(valid), _) => valid == 0,
        (None, Detail::Totals(totals)) => {
            let stands = |c: usize| !outcome.withdrawn.contains(&c);
            totals.iter().enumerate().all(|(c, total)| !stands(c) || *total == Amount::ZERO)
        }
        _ => false,
    }
}
