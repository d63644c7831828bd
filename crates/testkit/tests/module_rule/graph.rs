//! Which module uses which, among those that stand side by side.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::source::{Module, ModulePath, read_crate};

/// How the graph calls what is defined in the crate's root file itself.
pub const ROOT: &str = "lib.rs";

/// The arrows between the children of one module, from the user to the used; each with one place that draws it.
pub type Arrows = BTreeMap<(String, String), String>;

/// The modules of one crate.
pub struct Modules(BTreeMap<ModulePath, Module>);

impl Modules {
    pub fn of(root: &Path) -> Self {
        Self(read_crate(root))
    }

    /// For each module that has children: the arrows between them. An arrow that begins or ends deeper belongs to the
    /// child that it is in. A module and its own children are one thing and draw none, except that the crate's root file
    /// stands among its children.
    pub fn arrows(&self) -> BTreeMap<ModulePath, Arrows> {
        let mut levels: BTreeMap<ModulePath, Arrows> = BTreeMap::new();
        for (from, module) in &self.0 {
            for name in &module.named {
                let Some(to) = self.find(from, name) else { continue };
                let level = from
                    .iter()
                    .zip(&to)
                    .take_while(|(one, other)| one == other)
                    .count();
                let (Some(user), Some(used)) = (child_at(from, level), child_at(&to, level)) else {
                    continue;
                };
                if user != used {
                    levels
                        .entry(from[..level].to_vec())
                        .or_default()
                        .entry((user, used))
                        .or_insert_with(|| format!("{} names {}", from.join("::"), name.join("::")));
                }
            }
        }
        levels
    }

    /// The module that defines what a module names, with everything that is only passed on resolved; none for what is
    /// not of this crate.
    fn find(&self, from: &ModulePath, name: &[String]) -> Option<ModulePath> {
        self.resolve(from, name, 0)
    }

    fn resolve(&self, from: &ModulePath, name: &[String], turns: usize) -> Option<ModulePath> {
        assert!(
            turns < 64,
            "{from:?} names {name:?}: an import leads back to itself"
        );
        let mut place = from.clone();
        let mut rest = name;
        let mut local = false;
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "crate" => place.clear(),
                "super" => {
                    place.pop();
                }
                "self" => {}
                _ => break,
            }
            local = true;
            rest = after;
        }
        while let Some((first, after)) = rest.split_first() {
            let module = &self.0[&place];
            if module.children.contains(first) {
                place.push(first.clone());
            } else if let Some(import) = module.imports.get(first) {
                // In the module that brings it in, the import itself is what names it.
                if !local {
                    return None;
                }
                let whole = [import.as_slice(), after].concat();
                return self.resolve(&place, &whole, turns + 1);
            } else if module.items.contains(first) {
                return Some(place);
            } else if local {
                let passed = module.globs.iter().find_map(|glob| {
                    let whole = [glob.as_slice(), rest].concat();
                    self.resolve(&place, &whole, turns + 1)
                });
                // What no module says to define is made by a macro of the place it was looked for in.
                return Some(passed.unwrap_or(place));
            } else {
                return None;
            }
            local = true;
            rest = after;
        }
        local.then_some(place)
    }
}

/// The child of the module at `level` in which a path lies. The crate's own root is a child of itself.
fn child_at(path: &ModulePath, level: usize) -> Option<String> {
    match path.get(level) {
        Some(child) => Some(child.clone()),
        None => path.is_empty().then(|| ROOT.to_owned()),
    }
}

/// The sets of modules that reach each other and themselves, largest first.
pub fn circles(arrows: &Arrows) -> Vec<BTreeSet<String>> {
    let mut circles: Vec<BTreeSet<String>> = Vec::new();
    let nodes: BTreeSet<&String> = arrows.keys().map(|(user, _)| user).collect();
    for node in nodes {
        if circles.iter().any(|circle| circle.contains(node)) {
            continue;
        }
        let reached = reach(arrows, node);
        let circle: BTreeSet<String> = reached
            .iter()
            .filter(|other| reach(arrows, other).contains(node))
            .cloned()
            .collect();
        if !circle.is_empty() {
            circles.push(circle);
        }
    }
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

/// Everything that a module uses, however far down; itself only if an arrow leads back.
pub fn reach(arrows: &Arrows, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![from.to_owned()];
    while let Some(next) = ahead.pop() {
        for (_, used) in arrows.keys().filter(|(user, _)| *user == next) {
            if reached.insert(used.clone()) {
                ahead.push(used.clone());
            }
        }
    }
    reached
}
