//! One pure function decides who may do what: [`may`]. The guard of a route asks it for the whole site
//! ([`Subject::Site`]); handlers ask again with the very thing that is acted on.

use std::fmt;

use folkmoot_store::PersonId;
use folkmoot_store::accounts::Role;

use crate::http::session::Actor;

/// Declares [`Action`] with its roles, so that the table of permissions and the list of actions cannot part.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident: [$($role:ident),+ $(,)?]),+ $(,)?) => {
        /// Something that only some people may do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $name),+ }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Roles that carry it.
            #[must_use]
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$(Role::$role),+]),+ }
            }

            /// Name in lists.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }
        }
    };
}

actions! {
    /// Open the staff pages at all.
    SeeStaffPages: [
        MembershipStaff, ReturnsOfficer, SecondOfficer, Registrar, Auditor, Certifier, Reviewer, Chair, ReportAuthor,
        ReportApprover, Administrator,
    ],
    /// Find people and see their contact data.
    SeePeople: [MembershipStaff, Administrator],
    /// Bar or restore a person, merge records.
    ManagePeople: [MembershipStaff],
    /// Read memberships, counts and rolls in the making.
    SeeMemberships: [MembershipStaff, ReturnsOfficer, SecondOfficer, Auditor, Administrator],
    /// Decide about applications, change classes, end memberships, call for affirmations.
    ManageMemberships: [MembershipStaff],
    /// Read lists of people from files, apply them and take them back.
    ImportPeople: [MembershipStaff],
    /// Download lists of members.
    ExportPeople: [MembershipStaff],
    /// Answer requests about personal data and the list of members; propose and approve erasures.
    AnswerRequests: [MembershipStaff, Administrator],
    /// Take lost second factors away, two people together.
    ResetSecondFactors: [MembershipStaff, Administrator],
    /// See who paid how much: besides the payer only these two roles.
    SeePayments: [MembershipStaff, Auditor],
    /// Match transfers, pay back, enter what came by cheque.
    ManagePayments: [MembershipStaff],
    /// Make and change bodies and say who sits in them.
    ManageBodies: [MembershipStaff, Administrator],
    /// Make and change awards, keep their rosters; never the nominations, which belong to the deciding bodies.
    ManageAwards: [MembershipStaff, Administrator],
    /// See who holds which role.
    SeeRoles: [Administrator, Auditor],
    /// Propose and approve grants of roles, take them away.
    ManageRoles: [Administrator],
    /// Read the audit log.
    ReadAuditLog: [Auditor, Administrator],
    /// See jobs and repeat failed ones.
    ManageJobs: [Administrator],
    /// See mails and their delivery.
    SeeMail: [Administrator, MembershipStaff, ReturnsOfficer, SecondOfficer, Registrar],
    /// Send mails again; say which addresses are not written to.
    ManageMail: [Administrator, MembershipStaff, ReturnsOfficer, Registrar],
    /// Read and answer what people write to the organisation.
    AnswerContact: [MembershipStaff, ReturnsOfficer, SecondOfficer, Administrator],
    /// Write new versions of the site pages.
    EditPages: [Administrator, MembershipStaff],
    /// See how elections are prepared.
    SeeElections: [ReturnsOfficer, SecondOfficer, Registrar, Auditor],
    /// Make and announce elections, make their rolls, propose what takes two officers.
    PrepareElections: [ReturnsOfficer],
    /// Agree to what a returns officer proposes about an election.
    ConfirmElections: [SecondOfficer],
    /// See who is nominated, and how far each nomination is.
    SeeNominations: [ReturnsOfficer, SecondOfficer],
    /// Find candidacies eligible or not, look a second time, ask for clarification, let questions and answers through.
    ReviewNominations: [ReturnsOfficer, SecondOfficer],
    /// Take over the public halves of voting codes that were made elsewhere.
    HandleCredentials: [Registrar],
    /// Name the trustees of elections and watch over their part.
    ManageTrustees: [ReturnsOfficer, SecondOfficer],
    /// Watch over a vote, and decide with another officer what a vote or a count waits for.
    RunElections: [ReturnsOfficer, SecondOfficer],
    /// Certify a result on behalf of the certifying body, two people together.
    CertifyResults: [Certifier, ReturnsOfficer, SecondOfficer],
    /// Run reports.
    RunReports: [ReportAuthor, ReportApprover, MembershipStaff, ReturnsOfficer, SecondOfficer, Auditor, Administrator],
    /// Write reports, publish them, say when they run.
    WriteReports: [ReportAuthor, Administrator],
    /// Agree that a report reads personal data; take that back.
    ApproveReports: [ReportApprover],
    /// Change name, colours and addresses of the organisation.
    ManageSettings: [Administrator],
}

/// What is acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Nothing in particular: may this person do it to anything at all?
    Site,
    /// A person.
    Person(PersonId),
}

/// Why something is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// None of the roles that carry the action is held.
    Role(Action),
    /// Nobody may do this to themselves.
    Oneself,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(action) => {
                let roles: Vec<String> =
                    action.roles().iter().map(|r| r.as_str().replace('_', " ")).collect();
                write!(f, "This needs one of these roles: {}.", roles.join(", "))
            }
            Self::Oneself => f.write_str("Somebody else has to do this: it concerns yourself."),
        }
    }
}

/// Decides whether `actor` may do `action` to `subject`.
///
/// # Errors
/// [`Denied`] with the reason.
pub fn may(actor: &Actor, action: Action, subject: Subject) -> Result<(), Denied> {
    may_as(actor.person, &actor.roles, action, subject)
}

/// [`may`] for somebody who is not asking at this moment: a person with these roles.
///
/// # Errors
/// [`Denied`] with the reason.
pub fn may_as(person: PersonId, roles: &[Role], action: Action, subject: Subject) -> Result<(), Denied> {
    if !action.roles().iter().any(|role| roles.contains(role)) {
        return Err(Denied::Role(action));
    }
    let concerns_actor = subject == Subject::Person(person);
    if concerns_actor
        && matches!(
            action,
            Action::ManageRoles
                | Action::ManagePeople
                | Action::AnswerRequests
                | Action::ResetSecondFactors
                | Action::ManageMemberships
                | Action::ManagePayments
        )
    {
        return Err(Denied::Oneself);
    }
    Ok(())
}
