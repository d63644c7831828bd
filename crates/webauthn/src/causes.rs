//! The causes of an error, written out.

use std::error::Error;

/// An error and its causes, outermost first, with `": "` between them.
///
/// A cause whose text the line ends with already is left out: a transparent error shows its cause's text as its own.
pub fn causes(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !line.ends_with(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        next = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the door is shut")]
    struct Shut;

    #[derive(Debug, thiserror::Error)]
    enum Above {
        #[error(transparent)]
        Same(#[from] Shut),
        #[error("nobody comes in")]
        Other(#[source] Shut),
    }

    #[test]
    fn every_cause_is_told_once() {
        assert_eq!(causes(&Shut), "the door is shut");
        assert_eq!(causes(&Above::Same(Shut)), "the door is shut");
        assert_eq!(causes(&Above::Other(Shut)), "nobody comes in: the door is shut");
    }
}
