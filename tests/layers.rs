//! Reads each import of the source. Layers import only lower layers, and files have no import cycle.
//!
//! The order of the layers is the table in CONTRIBUTING.md, lowest layer first.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Item, ItemMod, ItemUse, UseTree};

/// Limits the number of lines of a source file.
const MAX_LINES: usize = 300;

/// A path below `crate`, such as `db::tasks::Task`.
type ModulePath = Vec<String>;

/// The package of the service, and that of the guard.
const PACKAGES: [&str; 2] = [".", "crates/better-auth-guard"];

/// The modules of a crate and their files.
struct Source {
    /// The file of each module. The crate root has the empty path.
    files: BTreeMap<ModulePath, PathBuf>,
}

impl Source {
    /// Reads the modules of a package of the workspace.
    fn read(package: &str) -> Self {
        let root = repository_root().join(package).join("src");
        let mut files = BTreeMap::new();
        for file in rust_files(&root) {
            let mut path: ModulePath = file.strip_prefix(&root).unwrap().iter().map(to_utf8).collect();
            let name = path.pop().unwrap();
            match name.as_str() {
                "main.rs" => continue,
                "lib.rs" | "mod.rs" => {}
                _ => path.push(name.trim_end_matches(".rs").to_owned()),
            }
            files.insert(path, file);
        }
        Self { files }
    }

    /// Returns the module of a path: its longest prefix that is a module.
    fn module_of(&self, path: &[String]) -> ModulePath {
        (0..=path.len()).rev().map(|length| path[..length].to_vec()).find(|path| self.files.contains_key(path)).unwrap()
    }

    /// Returns the modules that a module imports, except itself, each with one of the imported paths.
    fn imports(&self, module: &ModulePath) -> BTreeMap<ModulePath, String> {
        let mut collector = ImportCollector { module, source: self, paths: BTreeSet::new() };
        collector.visit_file(&syn::parse_file(&fs::read_to_string(&self.files[module]).unwrap()).unwrap());
        let imports = collector.paths.iter().map(|path| (self.module_of(path), path.join("::")));
        imports.filter(|(imported, _)| imported != module && !imported.is_empty()).collect()
    }
}

/// Collects the paths of one file that are in this crate. Skips test modules.
struct ImportCollector<'a> {
    module: &'a ModulePath,
    source: &'a Source,
    paths: BTreeSet<ModulePath>,
}

impl ImportCollector<'_> {
    fn add(&mut self, path: &[String]) {
        let (first, rest) = path.split_first().unwrap();
        let child = [self.module.as_slice(), std::slice::from_ref(first)].concat();
        let _ = match first.as_str() {
            "crate" => self.paths.insert(rest.to_vec()),
            "super" => self.paths.insert([&self.module[..self.module.len().saturating_sub(1)], rest].concat()),
            "self" => self.paths.insert([self.module.as_slice(), rest].concat()),
            _ if self.source.files.contains_key(&child) => self.paths.insert([&child, rest].concat()),
            _ => false,
        };
    }

    fn add_tree(&mut self, tree: &UseTree, prefix: &[String]) {
        let append = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.add_tree(&path.tree, &append(&path.ident)),
            UseTree::Name(name) => self.add(&append(&name.ident)),
            UseTree::Rename(rename) => self.add(&append(&rename.ident)),
            UseTree::Glob(_) => self.add(prefix),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(tree, prefix)),
        }
    }
}

impl<'ast> Visit<'ast> for ImportCollector<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test_module(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        assert!(module.content.is_none(), "{:?} has the inline module {}", self.module, module.ident);
    }

    fn visit_item_use(&mut self, import: &'ast ItemUse) {
        self.add_tree(&import.tree, &[]);
    }

    /// Skips visibilities: `pub(in crate::db)` is not an import.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: ModulePath = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.add(&names);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        let text = invocation.tokens.to_string().replace(' ', "");
        for path in text.split("crate::").skip(1) {
            let path = path.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').next().unwrap();
            self.paths.insert(path.split("::").map(str::to_owned).collect());
        }
        visit::visit_macro(self, invocation);
    }
}

fn is_test_module(item: &Item) -> bool {
    let Item::Mod(module) = item else { return false };
    module.attrs.iter().any(|attribute| attribute.path().is_ident("cfg") && cfg_tokens(attribute).contains("test"))
}

fn cfg_tokens(attribute: &syn::Attribute) -> String {
    attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default()
}

fn repository_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn to_utf8(part: &std::ffi::OsStr) -> String {
    part.to_str().unwrap().to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Returns the layers, lowest first: the first column of the table below "Layers" in CONTRIBUTING.md.
fn layers() -> Vec<String> {
    let contributing = fs::read_to_string(repository_root().join("CONTRIBUTING.md")).unwrap();
    let section = contributing.split("## Layers").nth(1).expect("CONTRIBUTING.md has the heading Layers");
    let rows = section.split("\n## ").next().unwrap().lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned()).collect()
}

#[test]
fn a_layer_imports_only_lower_layers() {
    let (source, layers) = (Source::read("."), layers());
    let mut modules: Vec<&String> = source.files.keys().filter_map(|path| path.first()).collect();
    modules.dedup();
    let mut listed: Vec<&String> = layers.iter().collect();
    listed.sort();
    assert_eq!(modules, listed, "CONTRIBUTING.md lists each module of the crate once");
    let level = |path: &ModulePath| layers.iter().position(|layer| *layer == path[0]).unwrap();
    for module in source.files.keys().filter(|module| !module.is_empty()) {
        for (imported, path) in source.imports(module) {
            assert!(level(&imported) <= level(module), "{} imports {path} of a higher layer", module.join("::"));
        }
    }
}

#[test]
fn files_import_each_other_without_a_cycle() {
    assert_eq!(PACKAGES.map(|package| cycles(&Source::read(package))), [Vec::<String>::new(), Vec::new()]);
}

/// Returns the modules of import cycles, each with the modules that it imports.
fn cycles(source: &Source) -> Vec<String> {
    let modules = source.files.keys().filter(|module| !module.is_empty());
    let mut imports: BTreeMap<ModulePath, BTreeSet<ModulePath>> =
        modules.map(|module| (module.clone(), source.imports(module).into_keys().collect())).collect();
    // Repeatedly removes a module without imports or without importers. Only the modules of cycles remain.
    loop {
        let imported: BTreeSet<ModulePath> = imports.values().flatten().cloned().collect();
        let acyclic = imports.iter().find(|(module, imports)| imports.is_empty() || !imported.contains(*module));
        let Some(acyclic) = acyclic.map(|(module, _)| module.clone()) else { break };
        imports.remove(&acyclic);
        for imports in imports.values_mut() {
            imports.remove(&acyclic);
        }
    }
    let cycles = imports.iter().map(|(module, imports)| {
        let imports: Vec<String> = imports.iter().map(|module| module.join("::")).collect();
        format!("{} imports {}", module.join("::"), imports.join(", "))
    });
    cycles.collect()
}

#[test]
fn source_files_have_at_most_300_lines() {
    let files = PACKAGES.iter().flat_map(|package| rust_files(&repository_root().join(package).join("src")));
    let long_files = files.filter_map(|file| {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        (lines > MAX_LINES).then(|| format!("{}: {lines} lines", file.display()))
    });
    assert_eq!(long_files.collect::<Vec<_>>(), Vec::<String>::new());
}

/// Asserts that the verification of a credential uses no web framework, no database, no network and no file.
#[test]
fn verification_is_independent_of_framework_and_database() {
    const FORBIDDEN: [&str; 9] =
        ["actix", "axum", "tower", "diesel", "reqwest", "tokio", "std::net", "std::fs", "std::env"];
    let source = Source::read("crates/better-auth-guard");
    let mut reached = BTreeSet::from([vec!["verifier".to_owned()], vec!["session".to_owned()]]);
    let mut pending: Vec<ModulePath> = reached.iter().cloned().collect();
    while let Some(module) = pending.pop() {
        let imports = source.imports(&module).into_keys().filter(|imported| reached.insert(imported.clone()));
        pending.extend(imports.collect::<Vec<_>>());
        let text = fs::read_to_string(&source.files[&module]).unwrap();
        for line in text.lines().filter_map(|line| line.split("//").next()) {
            assert!(!FORBIDDEN.iter().any(|name| line.contains(name)), "{}: {line}", module.join("::"));
        }
    }
    assert!(reached.len() > 10, "{reached:?}");
}
