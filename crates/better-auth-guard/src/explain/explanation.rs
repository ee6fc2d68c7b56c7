//! The result of an explanation.

use std::fmt;

use crate::credential_kind::CredentialKind;
use crate::explain::facts::Unknown;
use crate::invalid_credential::CredentialErrorReason;

/// The result of a verification, explained in steps.
///
/// `Display` prints one step per line. Neither `Display` nor `Debug` prints a secret; tokens are truncated.
#[derive(Clone, PartialEq, Eq)]
pub struct Explanation {
    pub(crate) steps: Vec<Step>,
    pub(crate) verdict: Verdict,
    pub(crate) kind: Option<CredentialKind>,
    pub(crate) is_cookie_cache: bool,
    pub(crate) session_token: Option<String>,
    pub(crate) token_to_match: Option<String>,
}

/// The result of the verification. It authenticates no request: only [`Guard::authenticate`](crate::Guard::authenticate) does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The credential is valid.
    Accepted {
        /// The user's id.
        user_id: String,
    },
    /// The credential is invalid.
    Rejected(CredentialErrorReason),
    /// The request has no credential.
    Missing,
    /// The key set is needed, but unknown.
    UnknownKeys(Unknown),
    /// The session is needed, but unknown.
    UnknownSession(Unknown),
}

/// A step of an explanation. `Display` prints the kind in 8 columns, then the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The kind of the step.
    pub kind: StepKind,
    /// The text: a clause without a final period. Contains no secret; tokens are truncated.
    pub text: String,
}

/// The kind of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepKind {
    /// A credential that was found.
    Found,
    /// A check that passed, or the one that failed.
    Check,
    /// The cause of a rejection, or why the result is unknown.
    Cause,
    /// The change that lets the credential be accepted.
    Change,
    /// The result. It is the last step.
    Verdict,
}

impl StepKind {
    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Check => "check",
            Self::Cause => "cause",
            Self::Change => "change",
            Self::Verdict => "verdict",
        }
    }
}

impl Step {
    pub(crate) fn new(kind: StepKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8}{}", self.kind.as_str(), self.text)
    }
}

impl Explanation {
    /// Returns the steps in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns the text of the cause of a rejection, or why the result is unknown. `None` if the credential is accepted.
    pub fn cause(&self) -> Option<&str> {
        self.text(StepKind::Cause)
    }

    /// Returns the text of the change that lets the credential be accepted. `None` if it is accepted.
    pub fn change(&self) -> Option<&str> {
        self.text(StepKind::Change)
    }

    /// Returns the result.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Returns the kind of the credential. `None` without a credential.
    pub fn kind(&self) -> Option<CredentialKind> {
        self.kind
    }

    /// Returns whether the result is that of the cookie cache, not of the session token.
    pub fn is_cookie_cache(&self) -> bool {
        self.is_cookie_cache
    }

    /// Returns the first characters of the session token, if its signature is valid.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// Returns the rejected session token, if a look-up of it can improve the explanation. It is unverified. Do not log it.
    ///
    /// Look up whether it is a `session.token` or a `session.id`, set [`Facts::token_match`](crate::explain::Facts::token_match), and
    /// explain again.
    pub fn token_to_match(&self) -> Option<&str> {
        self.token_to_match.as_deref()
    }

    fn text(&self, kind: StepKind) -> Option<&str> {
        self.steps.iter().find(|step| step.kind == kind).map(|step| step.text.as_str())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation")
            .field("verdict", &self.verdict)
            .field("steps", &self.steps)
            .finish_non_exhaustive()
    }
}
