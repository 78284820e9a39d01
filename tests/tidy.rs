//! Rules of the house that the compiler does not know, each proven to bite by planted breaches
//! beside it. A breach is reported as `file:line: what is wrong`.

#![allow(unreachable_pub, reason = "`pub` is what the rules offer to this file")]

mod tidy {
    pub mod fixtures;
    pub mod layers;
    pub mod learning;
    pub mod money;
    pub mod purity;
    pub mod shape;
    pub mod source;
}

use std::{path::Path, sync::LazyLock};

use tidy::{
    fixtures, layers, learning, money, purity, shape,
    source::{Breach, Tree},
};

static ROOT: LazyLock<&Path> = LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")));
static TREE: LazyLock<Tree> = LazyLock::new(|| Tree::load(&ROOT));

fn assert_none(breaches: &[Breach]) {
    let list: Vec<String> = breaches.iter().map(|breach| format!("  {breach}")).collect();
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), list.join("\n"));
}

#[test]
fn the_tree_is_read() {
    assert!(TREE.file("src/lib.rs").is_some_and(|lib| !lib.names.is_empty()));
}

#[test]
fn modules_import_what_the_table_allows() {
    assert_none(&layers::imports(&TREE));
}

#[test]
fn top_level_modules_stand_in_the_table() {
    assert_none(&layers::top_level(&TREE));
}

#[test]
fn the_root_re_exports_nothing() {
    assert_none(&shape::root_re_exports(&TREE));
}

#[test]
fn files_stay_short() {
    assert_none(&shape::file_length(&TREE));
}

#[test]
fn long_tests_stand_beside_their_module() {
    assert_none(&shape::inline_tests(&TREE));
}

#[test]
fn main_only_dispatches() {
    assert_none(&shape::thin_main(&TREE));
}

#[test]
fn no_float_counts_money() {
    assert_none(&money::floats(&TREE));
}

#[test]
fn the_gate_alone_approves() {
    assert_none(&money::mint(&TREE));
}

#[test]
fn bagging_alone_certifies() {
    assert_none(&learning::certify(&TREE));
}

#[test]
fn nothing_panics_where_money_is() {
    assert_none(&money::panics(&TREE));
}

#[test]
fn the_panicking_lints_are_denied_there() {
    assert_none(&money::denied_lints(&TREE));
}

#[test]
fn what_replays_asks_nobody() {
    assert_none(&purity::impurities(&TREE));
}

#[test]
fn fixtures_have_manifests() {
    assert_none(&fixtures::manifests(&ROOT));
}
