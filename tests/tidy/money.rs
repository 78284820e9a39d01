//! What guards money: integers, the gate's monopoly, and no way to panic.

use super::source::{Breach, File, Kind, Name, Tree};

/// The doors of `units` between integers and statistics.
const FLOAT_DOORS: [&str; 3] = ["to_f64", "to_fraction", "from_fraction_down"];

/// Modules that touch money and may not panic.
const MAY_NOT_PANIC: [&str; 6] = ["units", "amm", "risk", "portfolio", "execution", "journal"];

/// The lints that `lib.rs` must deny on each of them.
const PANIC_LINTS: [&str; 4] = ["unwrap_used", "expect_used", "indexing_slicing", "panic"];

/// No floats in `amm` and `execution`; in `units` only in the named doors and in tests.
pub fn floats(tree: &Tree) -> Vec<Breach> {
    let is_float = |name: &&Name| name.segments.iter().any(|segment| segment == "f64" || segment == "f32");
    let is_door = |name: &Name| {
        name.scope.test || name.scope.function.as_deref().is_some_and(|function| FLOAT_DOORS.contains(&function))
    };
    let mut breaches = Vec::new();
    for file in tree.files.iter().filter(|file| file.is_in(&["units", "amm", "execution"])) {
        for name in file.names.iter().filter(is_float) {
            if !file.is_in(&["units"]) {
                breaches.push(file.breach(name.line, "a float where money is counted"));
            } else if !is_door(name) {
                breaches.push(file.breach(name.line, format!("a float outside of {}", FLOAT_DOORS.join(", "))));
            }
        }
    }
    breaches
}

/// `Approved::mint` is called by the gate alone. `mint` behind any path counts, since a type
/// can be renamed; methods that happen to be called so do not.
pub fn mint(tree: &Tree) -> Vec<Breach> {
    let is_gate = |file: &File| file.path == "src/risk/gate.rs" || file.path.starts_with("src/risk/gate/");
    let mints = |name: &&Name| name.segments.len() > 1 && name.kind != Kind::Member && name.last() == "mint";
    let mut breaches = Vec::new();
    for file in tree.files.iter().filter(|file| !is_gate(file)) {
        for name in file.live_names().filter(mints) {
            breaches.push(file.breach(name.line, format!("`{}` outside of the risk gate", name.segments.join("::"))));
        }
    }
    breaches
}

/// No `unwrap`, `expect` or panicking macro outside of tests where money is touched, and no
/// `allow` of the lints that see the rest (indexing).
pub fn panics(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in tree.files.iter().filter(|file| file.is_in(&MAY_NOT_PANIC)) {
        for name in file.live_names() {
            let panics = match (name.kind, name.last()) {
                (Kind::Member, "unwrap" | "expect" | "unwrap_err" | "expect_err") => true,
                (Kind::Path, "unwrap" | "expect") => name.segments.len() > 1,
                (Kind::Macro, "panic" | "unreachable" | "todo" | "unimplemented") => true,
                (_, lint) => name.starts_with(&["clippy"]) && PANIC_LINTS.contains(&lint),
            };
            if panics {
                breaches
                    .push(file.breach(name.line, format!("`{}` can panic: return an error", name.segments.join("::"))));
            }
        }
    }
    breaches
}

/// `lib.rs` denies the panicking lints on every module that touches money.
pub fn denied_lints(tree: &Tree) -> Vec<Breach> {
    let Some(lib) = tree.file("src/lib.rs") else { return Vec::new() };
    let root: syn::File = syn::parse_str(&lib.text).expect("lib.rs parses");
    let mut breaches = Vec::new();
    for item in &root.items {
        let syn::Item::Mod(module) = item else { continue };
        if !MAY_NOT_PANIC.iter().any(|name| module.ident == name) {
            continue;
        }
        for lint in PANIC_LINTS {
            if !module.attrs.iter().any(|attribute| denies(attribute, lint)) {
                let what = format!("`{}` lacks #[deny(clippy::{lint})]", module.ident);
                breaches.push(lib.breach(module.ident.span().start().line, what));
            }
        }
    }
    breaches
}

fn denies(attribute: &syn::Attribute, lint: &str) -> bool {
    let mut found = false;
    if attribute.path().is_ident("deny") || attribute.path().is_ident("forbid") {
        let visited = attribute.parse_nested_meta(|meta| {
            found |= meta.path.segments.last().is_some_and(|last| last.ident == lint);
            Ok(())
        });
        found &= visited.is_ok();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::source::found, *};

    fn check(rule: fn(&Tree) -> Vec<Breach>, path: &str, source: &str, breaches: usize) {
        let found = found(rule, &[(path, source)]);
        assert_eq!(found.len(), breaches, "{path}: {source}: {found:?}");
    }

    #[test]
    fn floats_are_found() {
        check(floats, "src/amm/v3.rs", "fn f(x: f64) -> u8 { 1 }", 1);
        check(floats, "src/amm/v3.rs", "fn f() { let x = 0.5; x as u64; m!(y as f32); }", 2);
        check(floats, "src/amm/tests.rs", "fn f(x: f64) {}", 1);
        check(floats, "src/execution/fees.rs", "use std::f64::consts::PI;", 1);
        check(floats, "src/units/a.rs", "fn price() -> f64 { 1 as f64 }", 2);
        check(floats, "src/units/a.rs", "m! { fn to_f64(self) -> f64 { 1.0 } }", 0);
        check(floats, "src/units/a.rs", "fn to_fraction(x: f64) {} fn from_fraction_down(x: f64) {}", 0);
        check(floats, "src/units/a.rs", "#[cfg(test)]\nmod tests { fn t() { assert_eq!(f(0.5), 1.0); } }", 0);
        check(floats, "src/risk/sizing.rs", "fn kelly(p: f64) -> f64 { p - 0.5 }", 0);
    }

    #[test]
    fn forged_approvals_are_found() {
        check(mint, "src/pipeline/mod.rs", "fn f() { Approved::mint(order) }", 1);
        check(mint, "src/pipeline/mod.rs", "fn f() { Approved::<Order>::mint(order) }", 1);
        check(mint, "src/pipeline/mod.rs", "fn f() { <Approved<Order>>::mint(order) }", 1);
        check(mint, "src/pipeline/mod.rs", "use domain::Approved as A; fn f() { orders.map(A::mint) }", 1);
        check(mint, "src/risk/sizing.rs", "fn f() { m!(crate::domain::Approved::mint(order)) }", 1);
        check(mint, "src/risk/gate.rs", "fn f() { Approved::mint(order) }", 0);
        check(mint, "src/risk/tests.rs", "fn f() { Approved::mint(order) }", 0);
        check(
            mint,
            "src/domain/approved.rs",
            "impl<T> Approved<T> { pub(crate) fn mint(t: T) -> Self { Self(t) } }",
            0,
        );
    }

    #[test]
    fn panics_are_found() {
        check(panics, "src/risk/gate.rs", "fn f() { a.unwrap(); b.expect(\"b\"); c.map(Option::unwrap); }", 3);
        check(panics, "src/amm/v2.rs", "fn f() { panic!(); unreachable!(); todo!(); std::unimplemented!(); }", 4);
        check(panics, "src/amm/v2.rs", "#[allow(clippy::indexing_slicing)] fn f() { a[0] }", 1);
        check(panics, "src/journal/mod.rs", "fn f() { a.unwrap_or(b); a.unwrap_or_default(); }", 0);
        check(panics, "src/journal/mod.rs", "#[cfg(test)]\nmod tests { fn t() { a.unwrap() } }", 0);
        check(panics, "src/features/mod.rs", "fn f() { a.unwrap() }", 0);
    }

    #[test]
    fn missing_denials_are_found() {
        let all = "#[deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]";
        check(denied_lints, "src/lib.rs", &format!("{all}\npub mod risk;\npub mod features;"), 0);
        check(denied_lints, "src/lib.rs", "#[deny(clippy::unwrap_used)]\npub mod risk;", 3);
        check(denied_lints, "src/lib.rs", &format!("{}\npub mod amm;", all.replace("deny", "warn")), 4);
        check(denied_lints, "src/lib.rs", "pub mod journal;", 4);
    }
}
