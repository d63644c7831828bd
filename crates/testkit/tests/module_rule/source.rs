//! The modules of a crate as its source declares them: what each defines, what it brings in, and what it names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Item, ItemUse, Meta, UseTree, Visibility, visit::Visit};

/// Where a module stands: the names from the crate's root to it. The root is empty.
pub type ModulePath = Vec<String>;

/// One module, without what is compiled for tests only.
#[derive(Debug, Default)]
pub struct Module {
    /// The modules declared in it.
    pub children: BTreeSet<String>,
    /// The items defined in it.
    pub items: BTreeSet<String>,
    /// The names it brings in, each with the path that it wrote.
    pub imports: BTreeMap<String, Vec<String>>,
    /// The modules whose names it brings in all together.
    pub globs: Vec<Vec<String>>,
    /// The paths it uses: in its code, and in imports that are not only passed on.
    pub named: BTreeSet<Vec<String>>,
}

/// Reads every module of the crate whose root is this file.
pub fn read_crate(root: &Path) -> BTreeMap<ModulePath, Module> {
    let mut modules = BTreeMap::new();
    let folder = root.parent().unwrap();
    read_items(parse(root).items, Vec::new(), folder, &mut modules);
    modules
}

fn parse(file: &Path) -> syn::File {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// `folder` is where the files of the module's children lie.
fn read_items(items: Vec<Item>, path: ModulePath, folder: &Path, modules: &mut BTreeMap<ModulePath, Module>) {
    let mut module = Module::default();
    for item in items {
        if attributes(&item).iter().any(is_for_tests) {
            continue;
        }
        match item {
            Item::Mod(child) => {
                let name = child.ident.to_string();
                module.children.insert(name.clone());
                let child_path = [path.as_slice(), std::slice::from_ref(&name)].concat();
                let child_folder = folder.join(&name);
                let (items, folder) = match child.content {
                    Some((_, items)) => (items, child_folder),
                    None => (parse(&file_of(&child.attrs, folder, &name)).items, child_folder),
                };
                read_items(items, child_path, &folder, modules);
            }
            Item::Use(import) => read_import(&import, &mut module),
            item => {
                module.items.extend(name_of(&item));
                Names(&mut module.named).visit_item(&item);
            }
        }
    }
    modules.insert(path, module);
}

fn file_of(attributes: &[Attribute], folder: &Path, name: &str) -> PathBuf {
    assert!(
        !attributes
            .iter()
            .any(|attribute| attribute.path().is_ident("path")),
        "{name}: modules lie where their names say"
    );
    folder.join(format!("{name}.rs"))
}

fn read_import(import: &ItemUse, module: &mut Module) {
    let passed_on = !matches!(import.vis, Visibility::Inherited);
    let mut leaves = Vec::new();
    flatten(&import.tree, Vec::new(), &mut leaves);
    for (name, path) in leaves {
        if !passed_on {
            module.named.insert(path.clone());
        }
        match name {
            Some(name) => {
                module.imports.insert(name, path);
            }
            None => module.globs.push(path),
        }
    }
}

/// Every leaf of an import: the name it gets here, none for `*`, and its path.
fn flatten(tree: &UseTree, before: Vec<String>, leaves: &mut Vec<(Option<String>, Vec<String>)>) {
    let with = |name: String| [before.as_slice(), &[name]].concat();
    match tree {
        UseTree::Path(path) => flatten(&path.tree, with(path.ident.to_string()), leaves),
        UseTree::Name(name) if name.ident == "self" => leaves.push((before.last().cloned(), before)),
        UseTree::Name(name) => leaves.push((Some(name.ident.to_string()), with(name.ident.to_string()))),
        UseTree::Rename(name) if name.ident == "self" => leaves.push((Some(name.rename.to_string()), before)),
        UseTree::Rename(name) => leaves.push((Some(name.rename.to_string()), with(name.ident.to_string()))),
        UseTree::Glob(_) => leaves.push((None, before)),
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, before.clone(), leaves);
            }
        }
    }
}

/// Collects the paths of an item, those in the arguments of macros among them.
struct Names<'a>(&'a mut BTreeSet<Vec<String>>);

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|segment| segment.ident.to_string());
        self.0.insert(names.collect());
        syn::visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, import: &'ast ItemUse) {
        let mut leaves = Vec::new();
        flatten(&import.tree, Vec::new(), &mut leaves);
        self.0.extend(leaves.into_iter().map(|(_, path)| path));
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.read_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    /// `pub(crate)` says who may see, and uses nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

impl Names<'_> {
    /// Paths that begin at the root, in tokens that only a macro can parse.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        for token in tokens {
            match token {
                TokenTree::Ident(name) if name == "crate" || !path.is_empty() => path.push(name.to_string()),
                TokenTree::Punct(mark) if mark.as_char() == ':' => {}
                TokenTree::Group(group) => {
                    self.keep(&mut path);
                    self.read_tokens(group.stream());
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => self.keep(&mut path),
            }
        }
        self.keep(&mut path);
    }

    fn keep(&mut self, path: &mut Vec<String>) {
        if path.len() > 1 {
            self.0.insert(path.clone());
        }
        path.clear();
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return false;
    };
    let condition = list.tokens.to_string();
    list.path.is_ident("cfg") && (condition == "test" || condition == "doctest")
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
