//! Roles and permissions with least power. (`domain.md` 6.3.)
//!
//! A role belongs to a person for the organisation, an election or a round; [`conflicts`] checks the roles that one person
//! has within one of them. No role may both hold keys and edit the roll.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::words::Explain;

/// What a person is within an organisation, an election, a round or a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Anybody, without an account.
    Visitor,
    /// Has an account (Basic member).
    AccountHolder,
    /// Has the vote.
    VotingMember,
    /// Nominated, or standing.
    Candidate,
    /// Nominates or endorses somebody.
    Nominator,
    /// Looks after members and payments.
    MembershipStaff,
    /// Conducts the election.
    ReturnsOfficer,
    /// Confirms what takes two persons.
    SecondOfficer,
    /// Generates and delivers credentials (credential authority).
    Registrar,
    /// Holds a share of the decryption key.
    Trustee,
    /// Watches and checks.
    Observer,
    /// Certifies results and decides awards.
    CertifyingBody,
    /// Reviews award nominations.
    Reviewer,
    /// Leads the reviewers.
    Chair,
    /// Writes report scripts.
    ReportAuthor,
    /// Approves runs of scripts on personal data.
    ReportApprover,
    /// Runs the installation.
    SystemAdministrator,
}

/// Something that only some roles may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Public elections, candidates, rosters, results, verification.
    ReadPublic,
    /// Own profile, joining, deleting the account.
    KeepOwnAccount,
    /// Nominate where the policy allows it.
    Nominate,
    /// Edit a nomination text until it is accepted.
    EditNomination,
    /// Accept, decline, edit until the lock, withdraw.
    DecideOwnCandidacy,
    /// Affirm and certify.
    Affirm,
    /// Vote and revote.
    Vote,
    /// Ask for the member list.
    RequestRollInspection,
    /// Sign petitions.
    SignPetition,
    /// Create, change and merge member records.
    EditMembers,
    /// See and match payments.
    HandlePayments,
    /// Import members.
    ImportMembers,
    /// Change who is on a roll (with a second officer).
    EditRoll,
    /// Set up, announce and amend elections.
    ConductElection,
    /// Approve candidacies.
    ApproveCandidacies,
    /// Start the count and publish.
    StartCount,
    /// Confirm acts that take two persons.
    ConfirmAsSecond,
    /// Generate, deliver and resend credentials.
    HandleCredentials,
    /// Hold and use a share of the key.
    HoldKeyShare,
    /// Read all public data live, the audit log, the roll with pseudonyms.
    Observe,
    /// Certify results.
    CertifyResult,
    /// Decide motions and awards of the body.
    DecideAwards,
    /// Read, comment and vote on award nominations.
    ReviewAwards,
    /// Open and close award rounds, announce.
    RunAwardRound,
    /// Write report scripts on snapshots.
    WriteReport,
    /// Approve report runs with personal data.
    ApproveReport,
    /// Run, back up, restore, upgrade.
    RunInstallation,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 17] = [
        Self::Visitor,
        Self::AccountHolder,
        Self::VotingMember,
        Self::Candidate,
        Self::Nominator,
        Self::MembershipStaff,
        Self::ReturnsOfficer,
        Self::SecondOfficer,
        Self::Registrar,
        Self::Trustee,
        Self::Observer,
        Self::CertifyingBody,
        Self::Reviewer,
        Self::Chair,
        Self::ReportAuthor,
        Self::ReportApprover,
        Self::SystemAdministrator,
    ];

    /// What the role may do by itself. Roles add up; none includes another but by listing the same permissions.
    #[must_use]
    pub const fn may(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Visitor => &[P::ReadPublic],
            Self::AccountHolder => &[P::ReadPublic, P::KeepOwnAccount, P::Nominate],
            Self::VotingMember => {
                &[P::Affirm, P::Vote, P::RequestRollInspection, P::SignPetition, P::Nominate]
            }
            Self::Candidate => &[P::DecideOwnCandidacy],
            Self::Nominator => &[P::Nominate, P::EditNomination],
            Self::MembershipStaff => &[P::EditMembers, P::HandlePayments, P::ImportMembers],
            Self::ReturnsOfficer => &[P::ConductElection, P::ApproveCandidacies, P::EditRoll, P::StartCount],
            Self::SecondOfficer => &[P::ConfirmAsSecond],
            Self::Registrar => &[P::HandleCredentials],
            Self::Trustee => &[P::HoldKeyShare],
            Self::Observer => &[P::Observe],
            Self::CertifyingBody => &[P::CertifyResult, P::DecideAwards],
            Self::Reviewer => &[P::ReviewAwards],
            Self::Chair => &[P::ReviewAwards, P::RunAwardRound],
            Self::ReportAuthor => &[P::WriteReport],
            Self::ReportApprover => &[P::ApproveReport],
            Self::SystemAdministrator => &[P::RunInstallation],
        }
    }

    /// Whether the role may do something by itself.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        self.may().contains(&permission)
    }

    /// What the role must never get, in words for a page.
    #[must_use]
    pub const fn may_not(self) -> &'static str {
        match self {
            Self::Visitor => "see rolls with addresses",
            Self::AccountHolder => "vote",
            Self::VotingMember => "see who else took part",
            Self::Candidate => "see drafts of others, or hold an office in the same election",
            Self::Nominator => "publish for the nominee",
            Self::MembershipStaff => "conduct elections or hold keys or credentials",
            Self::ReturnsOfficer => "read ballots, hold credentials or key shares, or change the roll alone",
            Self::SecondOfficer => "act alone",
            Self::Registrar => "see the inside of the ballot box, or results before others",
            Self::Trustee => "do anything but keep and use the key share",
            Self::Observer => "change anything",
            Self::CertifyingBody => "edit counts",
            Self::Reviewer => "set an outcome by hand",
            Self::Chair => "vote for others",
            Self::ReportAuthor => "reach the network, files or raw tables",
            Self::ReportApprover => "approve an own script",
            Self::SystemAdministrator => "act as a user without a visible, logged grant",
        }
    }

    /// The name in a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::AccountHolder => "account holder",
            Self::VotingMember => "voting member",
            Self::Candidate => "candidate",
            Self::Nominator => "nominator",
            Self::MembershipStaff => "membership staff",
            Self::ReturnsOfficer => "returns officer",
            Self::SecondOfficer => "second officer",
            Self::Registrar => "registrar",
            Self::Trustee => "trustee",
            Self::Observer => "observer",
            Self::CertifyingBody => "member of the certifying body",
            Self::Reviewer => "reviewer",
            Self::Chair => "chair",
            Self::ReportAuthor => "report author",
            Self::ReportApprover => "report approver",
            Self::SystemAdministrator => "system administrator",
        }
    }

    /// Whether the role touches secrets that protect the vote: key shares or credentials.
    #[must_use]
    pub fn holds_keys(self) -> bool {
        self.allows(Permission::HoldKeyShare) || self.allows(Permission::HandleCredentials)
    }

    /// Whether the role can change who has the vote, or the machine that keeps the ballots.
    #[must_use]
    pub fn edits_roll(self) -> bool {
        self.allows(Permission::EditRoll)
            || self.allows(Permission::EditMembers)
            || self.allows(Permission::ConfirmAsSecond)
            || self.allows(Permission::RunInstallation)
    }
}

/// Two roles that one person must not have within the same election, round or report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleConflict {
    /// One role.
    pub one: Role,
    /// The other.
    pub other: Role,
    /// Why they exclude each other.
    pub why: ConflictReason,
}

/// Why two roles exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictReason {
    /// One holds keys or credentials, the other can change the roll or the machine.
    KeysAndRoll,
    /// Credentials and a key share in one hand.
    CredentialsAndKey,
    /// Two officers must be two persons.
    TwoPersons,
    /// A candidate holds no office in the same election.
    CandidateInOffice,
    /// Nobody approves an own script.
    OwnReport,
}

/// Why one person must not have both roles, if so. Symmetric.
#[must_use]
pub fn incompatible(one: Role, other: Role) -> Option<ConflictReason> {
    use Role as R;
    let either = |a: R, b: R| (one == a && other == b) || (one == b && other == a);
    let offices = [R::ReturnsOfficer, R::SecondOfficer, R::Registrar, R::Trustee, R::Observer];
    if (one == R::Candidate && offices.contains(&other)) || (other == R::Candidate && offices.contains(&one))
    {
        return Some(ConflictReason::CandidateInOffice);
    }
    if either(R::ReturnsOfficer, R::SecondOfficer) {
        return Some(ConflictReason::TwoPersons);
    }
    if either(R::Registrar, R::Trustee) {
        return Some(ConflictReason::CredentialsAndKey);
    }
    if (one.holds_keys() && other.edits_roll()) || (other.holds_keys() && one.edits_roll()) {
        return Some(ConflictReason::KeysAndRoll);
    }
    either(R::ReportAuthor, R::ReportApprover).then_some(ConflictReason::OwnReport)
}

/// Every pair of roles of one person that exclude each other.
///
/// ```
/// use folkmoot_governance::roles::{Role, conflicts};
/// assert!(conflicts([Role::VotingMember, Role::Trustee]).is_empty());
/// assert_eq!(conflicts([Role::ReturnsOfficer, Role::Trustee]).len(), 1);
/// ```
#[must_use]
pub fn conflicts(roles: impl IntoIterator<Item = Role>) -> Vec<RoleConflict> {
    let roles: BTreeSet<Role> = roles.into_iter().collect();
    let mut found = Vec::new();
    for &one in &roles {
        for &other in roles.range(one..).skip(1) {
            found.extend(incompatible(one, other).map(|why| RoleConflict { one, other, why }));
        }
    }
    found
}

/// Whether a person with these roles may do something.
#[must_use]
pub fn may(roles: &[Role], permission: Permission) -> bool {
    roles.iter().any(|role| role.allows(permission))
}

impl Explain for RoleConflict {
    fn sentence(&self) -> String {
        let why = match self.why {
            ConflictReason::KeysAndRoll => {
                "nobody who holds keys or credentials may change the roll or run the machine"
            }
            ConflictReason::CredentialsAndKey => "credentials and key shares belong in different hands",
            ConflictReason::TwoPersons => "what takes two officers takes two persons",
            ConflictReason::CandidateInOffice => "a candidate holds no office in the same election",
            ConflictReason::OwnReport => "nobody approves an own script",
        };
        format!("One person cannot be {} and {}: {why}.", self.one.name(), self.other.name())
    }
}
