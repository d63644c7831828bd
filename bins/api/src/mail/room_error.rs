//! What becomes of a task that the mail room does not do.

/// Why a task of the mail room was not done, or nobody knows what came of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    /// As many letters as may wait do so already.
    #[error("too many messages are on their way")]
    Full,
    /// The threads have ended.
    #[error("the mail threads have ended")]
    Closed,
    /// The task panicked.
    #[error("a mail task did not end")]
    Panicked,
}
