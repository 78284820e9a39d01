//! Who may import whom: the table of `docs/ARCHITECTURE.md`.

use super::source::{Breach, File, Kind, Name, Tree};

/// A row of the table: a top-level module, its layer, and what it may import.
struct Row {
    name: &'static str,
    layer: u8,
    /// Every layer strictly below this one may be imported.
    below: u8,
    /// Whether that includes `io`.
    io: bool,
}

const fn row(name: &'static str, layer: u8, below: u8, io: bool) -> Row {
    Row { name, layer, below, io }
}

const TABLE: [Row; 20] = [
    row("units", 0, 0, false),
    row("domain", 1, 1, false),
    row("amm", 1, 1, false),
    row("market", 2, 2, false),
    row("sentiment", 2, 2, false),
    row("features", 2, 2, false),
    row("models", 2, 2, false),
    row("ensemble", 2, 2, false),
    row("risk", 2, 2, false),
    row("portfolio", 2, 2, false),
    row("execution", 2, 2, false),
    row("journal", 2, 2, false),
    row("monitoring", 2, 2, false),
    row("pipeline", 3, 3, false),
    row("config", 3, 3, false),
    row("io", 3, 2, false),
    row("backtest", 4, 4, false),
    row("validation", 5, 5, false),
    row("service", 6, 7, true),
    row("cli", 6, 7, true),
];

fn find(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

impl Row {
    fn may_import(&self, other: &Row, test: bool) -> bool {
        if self.name == other.name || (test && other.layer <= self.layer) {
            return true;
        }
        other.layer < self.below && (other.name != "io" || self.io)
    }
}

/// Whether `stage` must answer from its inputs alone: layers 0 to 2 and the two that replay them.
pub fn is_pure(stage: &str) -> bool {
    matches!(stage, "pipeline" | "backtest") || find(stage).is_some_and(|row| row.layer <= 2)
}

/// Modules import only what their row of the table allows, by whatever path they name it.
pub fn imports(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in &tree.files {
        let Some(from) = file.stage().and_then(find) else { continue };
        for name in &file.names {
            let Some(target) = resolve(file, name) else { continue };
            let written = name.segments.join("::");
            let what = match target.first().map(String::as_str) {
                None | Some("*" | "self") => format!("`{written}` imports the root: name the module"),
                Some(module) => match find(module) {
                    None => format!("`{written}` names no module of the table: import it from where it lives"),
                    Some(to) if from.may_import(to, name.scope.test) => continue,
                    Some(to) => format!(
                        "`{written}`: `{}` (layer {}) may not import `{}` (layer {})",
                        from.name, from.layer, to.name, to.layer
                    ),
                },
            };
            breaches.push(file.breach(name.line, what));
        }
    }
    breaches
}

/// The path from the root of the library that `name` means, if it means one.
fn resolve(file: &File, name: &Name) -> Option<Vec<String>> {
    if name.kind == Kind::Member || (name.segments.len() < 2 && name.kind != Kind::Import) {
        return None;
    }
    let mut segments = name.segments.iter();
    let mut base = match segments.next()?.as_str() {
        "crate" | "shoal" => Vec::new(),
        "self" => here(file, name),
        "super" => parent(here(file, name)),
        _ => return None,
    };
    for segment in segments {
        if segment == "super" {
            base = parent(base);
        } else {
            base.push(segment.clone());
        }
    }
    Some(base)
}

fn here(file: &File, name: &Name) -> Vec<String> {
    [file.module.as_slice(), &name.scope.modules].concat()
}

fn parent(mut module: Vec<String>) -> Vec<String> {
    module.pop();
    module
}

/// Every top-level module stands in the table.
pub fn top_level(tree: &Tree) -> Vec<Breach> {
    let unknown = |file: &&File| file.stage().is_some_and(|stage| find(stage).is_none());
    let what = "is in no module of the table of docs/ARCHITECTURE.md";
    tree.files.iter().filter(unknown).map(|file| file.breach(1, what)).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::source::{Tree, found},
        imports, top_level,
    };

    fn check(path: &str, source: &str, breaches: usize) {
        let found = imports(&Tree::of(&[(path, source)]));
        assert_eq!(found.len(), breaches, "{path}: {source}: {found:?}");
    }

    #[test]
    fn siblings_never_import_each_other() {
        check("src/risk/mod.rs", "use crate::portfolio::Book;", 1);
        check("src/amm/v3.rs", "use crate::domain::Order;", 1);
        check("src/pipeline/mod.rs", "use crate::config::X;", 1);
        check("src/config/mod.rs", "use crate::io::X;", 1);
        check("src/units/mod.rs", "use crate::domain::X;", 1);
    }

    #[test]
    fn each_row_reaches_as_far_as_the_table_says() {
        check("src/risk/mod.rs", "use crate::{units::Bps, domain::Order, amm::v3};", 0);
        check("src/io/chain.rs", "use crate::{units::Bps, amm::v3};", 0);
        check("src/io/chain.rs", "use crate::journal::X;", 1);
        check("src/backtest/mod.rs", "use crate::{pipeline::P, config::C, risk::R};", 0);
        check("src/backtest/mod.rs", "use crate::io::X;", 1);
        check("src/validation/mod.rs", "use crate::{backtest::B, io::X, cli::C};", 2);
        check("src/cli/run.rs", "use crate::{io::X, service::S, validation::V};", 0);
        check("src/main.rs", "fn main() { shoal::cli::main(); shoal::io::x(); }", 0);
    }

    #[test]
    fn every_way_to_write_a_path_is_seen() {
        check("src/risk/gate.rs", "use crate::{units::{Bps, Wei}, domain, portfolio::{self, Book}};", 2);
        check("src/risk/gate.rs", "fn f() -> crate::journal::Entry { crate::journal::entry() }", 2);
        check("src/risk/gate.rs", "use super::super::journal::Entry;", 1);
        check("src/risk/gate.rs", "mod inner { fn f() { super::super::super::journal::entry(); } }", 1);
        check("src/risk/gate.rs", "use super::params::P; use self::inner::Q; mod inner { use super::P; }", 0);
        check("src/risk/gate.rs", "use shoal::journal::Entry; use ::shoal::journal::Entry as E;", 2);
        check("src/risk/gate.rs", "fn f() { assert_eq!(crate::io::x(), <crate::io::Y as Z>::w()); }", 2);
        check("src/risk/gate.rs", "macro_rules! m { () => { $crate::io::x() } }", 1);
        check("src/risk/gate.rs", "pub(crate) fn f() {} pub(in crate::risk) fn g() {}", 0);
    }

    #[test]
    fn the_root_is_no_way_around() {
        check("src/risk/gate.rs", "use crate as root;", 1);
        check("src/risk/gate.rs", "use crate::*;", 1);
        check("src/risk/gate.rs", "use crate::{self as root};", 1);
        check("src/risk/mod.rs", "use super::*;", 1);
        check("src/risk/mod.rs", "use crate::Order;", 1);
    }

    #[test]
    fn tests_may_use_their_own_layer() {
        check("src/risk/tests.rs", "use crate::portfolio::Book;", 0);
        check("src/risk/gate.rs", "#[cfg(test)]\nmod tests { use crate::portfolio::Book; use super::*; }", 0);
        check("src/risk/gate.rs", "#[cfg(test)]\nmod tests { use crate::pipeline::P; }", 1);
        check("src/backtest/tests.rs", "use crate::io::X;", 0);
    }

    #[test]
    fn a_breach_names_its_line() {
        let source = "//! Docs.\n\nuse crate::{\n    domain::Order,\n    journal::Entry,\n};\n";
        assert_eq!(found(imports, &[("src/risk/gate.rs", source)]), ["src/risk/gate.rs:5"]);
    }

    #[test]
    fn unknown_modules_are_found() {
        let sources = [("src/lib.rs", ""), ("src/main.rs", ""), ("src/helpers/mod.rs", ""), ("src/utils.rs", "")];
        assert_eq!(found(top_level, &sources), ["src/helpers/mod.rs:1", "src/utils.rs:1"]);
        assert!(found(top_level, &[("src/risk/mod.rs", ""), ("src/cli/run.rs", "")]).is_empty());
    }
}
