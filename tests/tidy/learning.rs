//! What a meta-model may learn from.

use super::source::{Breach, Kind, Name, Tree};

/// `OutOfFold::certify` is called by bagging alone, which knows what each learner was fitted on.
/// `certify` behind any path counts, since a type can be renamed.
pub fn certify(tree: &Tree) -> Vec<Breach> {
    let certifies = |name: &&Name| name.segments.len() > 1 && name.kind != Kind::Member && name.last() == "certify";
    let mut breaches = Vec::new();
    for file in tree.files.iter().filter(|file| !file.module.starts_with(&["models".to_owned(), "bagging".to_owned()]))
    {
        for name in file.live_names().filter(certifies) {
            breaches.push(file.breach(name.line, format!("`{}` outside of models::bagging", name.segments.join("::"))));
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::{super::source::found, *};

    fn check(path: &str, source: &str, breaches: usize) {
        let found = found(certify, &[(path, source)]);
        assert_eq!(found.len(), breaches, "{path}: {source}: {found:?}");
    }

    #[test]
    fn rows_that_bagging_did_not_make_are_found() {
        check("src/pipeline/mod.rs", "fn f() { OutOfFold::certify(name, &[], rows) }", 1);
        check("src/models/direction.rs", "use domain::OutOfFold as O; fn f() { sets.map(O::certify) }", 1);
        check("src/models/bagging.rs", "fn f() { OutOfFold::certify(name, folds, rows) }", 0);
        check("src/models/bagging/folds.rs", "fn f() { OutOfFold::certify(name, folds, rows) }", 0);
        check("src/ensemble/tests.rs", "fn f() { OutOfFold::certify(name, folds, rows) }", 0);
        check("src/domain/out_of_fold.rs", "impl OutOfFold { pub fn certify(rows: Rows) -> Self { Self(rows) } }", 0);
    }
}
