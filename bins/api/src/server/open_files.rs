//! How many files the system lets the server have open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is open besides connections of clients: the database, its log, mail, the program itself.
const BESIDES: u64 = 256;

/// Asks the system for as many open files as the connections need, and tells the operator if it gives fewer.
pub(super) fn make_room(connections: usize) {
    let needed = u64::try_from(connections)
        .unwrap_or(u64::MAX)
        .saturating_add(BESIDES);
    let now = getrlimit(Resource::Nofile);
    if let Some(asked) = raised(now, needed)
        && let Err(error) = setrlimit(Resource::Nofile, asked)
    {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if allowed < needed {
        tracing::warn!(
            allowed,
            needed,
            "the system allows too few open files for max_connections: raise the limit (LimitNOFILE, ulimit -n), or lower max_connections"
        );
    }
}

/// The limits to ask for: as much as is needed and may be had without privileges; none if there is enough already.
fn raised(now: Rlimit, needed: u64) -> Option<Rlimit> {
    let current = now.current?;
    if current >= needed {
        return None;
    }
    let current = needed.min(now.maximum.unwrap_or(u64::MAX));
    Some(Rlimit {
        current: Some(current),
        maximum: now.maximum,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_is_asked_for_as_may_be_had() {
        let limits = |current, maximum| Rlimit { current, maximum };
        for (now, needed, asked) in [
            (
                limits(Some(1024), Some(4096)),
                2000,
                Some(limits(Some(2000), Some(4096))),
            ),
            (
                limits(Some(1024), Some(4096)),
                9000,
                Some(limits(Some(4096), Some(4096))),
            ),
            (limits(Some(1024), None), 9000, Some(limits(Some(9000), None))),
            (limits(Some(9000), Some(9000)), 9000, None),
            (limits(None, None), 9000, None),
        ] {
            assert_eq!(raised(now, needed), asked);
        }
    }

    #[test]
    fn the_limit_of_this_process_is_raised() {
        let before = getrlimit(Resource::Nofile);
        make_room(64);
        let after = getrlimit(Resource::Nofile);
        assert!(after.current >= before.current || after.current.is_none());
        assert_eq!(after.maximum, before.maximum);
    }
}
