//! User agents met lately, and what they are.

use std::{collections::HashMap, mem};

/// Two generations of user agents: who is met moves to the young one, and when that is full the old one is forgotten.
/// So those met most recently stay, at the price of two look-ups and no list.
pub(super) struct Recent {
    /// How many are in a generation at most.
    most: usize,
    young: HashMap<Box<str>, Box<str>>,
    old: HashMap<Box<str>, Box<str>>,
}

impl Recent {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    pub(super) fn find(&mut self, user_agent: &str) -> Option<String> {
        if let Some(device) = self.young.get(user_agent) {
            return Some(device.to_string());
        }
        let (user_agent, device) = self.old.remove_entry(user_agent)?;
        let found = device.to_string();
        self.insert(user_agent, device);
        Some(found)
    }

    pub(super) fn remember(&mut self, user_agent: &str, device: &str) {
        self.insert(user_agent.into(), device.into());
    }

    fn insert(&mut self, user_agent: Box<str>, device: Box<str>) {
        if self.young.len() >= self.most {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(user_agent, device);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_met_again_stays_and_the_others_go() {
        let mut recent = Recent::new(2);
        for name in ["a", "b", "c", "d", "e"] {
            assert_eq!(recent.find(name), None);
            recent.remember(name, &name.to_uppercase());
            assert_eq!(recent.find("a").as_deref(), Some("A"), "after {name}");
            assert!(recent.young.len() <= 2 && recent.old.len() <= 2);
        }
        assert_eq!(recent.find("b"), None);
        assert_eq!(recent.find("e").as_deref(), Some("E"));
    }
}
