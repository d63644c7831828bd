//! What stops an operation: a refusal, which is its answer, or a failure, which no caller can mend.

use std::error::Error;

use passgate_core::code::Code;
use passgate_store::StoreError;

use crate::Failure;

/// What an operation says no with: data, from which a host makes the sentence.
pub trait Refusal: Error {
    /// The stable code; none where nobody was ever given one to compare.
    fn code(&self) -> Option<Code>;

    /// The stable reason that is recorded with a refusal: the code, or the verifier's own where a response does not
    /// verify.
    fn reason(&self) -> Option<&'static str> {
        self.code().map(Code::as_str)
    }
}

/// Why an operation did not do what it was asked for. Nothing was changed, except where an operation's documentation
/// says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum Stopped<R> {
    /// It says no.
    #[error(transparent)]
    Refused(R),
    /// It could not say either way.
    #[error(transparent)]
    Failed(Failure),
}

impl<R: Refusal> Stopped<R> {
    /// The stable reason of a refusal; none for what failed.
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::Failed(_) => None,
        }
    }
}

impl<R> Stopped<R> {
    /// The same with another refusal.
    pub fn map_refusal<S>(self, map: impl FnOnce(R) -> S) -> Stopped<S> {
        match self {
            Self::Refused(refusal) => Stopped::Refused(map(refusal)),
            Self::Failed(failure) => Stopped::Failed(failure),
        }
    }
}

/// A refusal, or one that becomes it: that of a rule, or of a step.
impl<R, E> From<E> for Stopped<R>
where
    E: Refusal,
    R: From<E>,
{
    fn from(refusal: E) -> Self {
        Self::Refused(refusal.into())
    }
}

impl<R> From<Failure> for Stopped<R> {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl<R> From<StoreError> for Stopped<R> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}
