//! The tree of sources as the rules see it: every name that a file writes, where it stands,
//! and whether it is test code. Read from tokens and not from expressions, so that nothing
//! hides inside a macro.

use std::{fmt, fs, ops::RangeInclusive, path::Path};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A breach of a rule: `file:line: what is wrong`.
#[derive(Debug)]
pub struct Breach {
    pub path: String,
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// What encloses a name.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Under `#[cfg(test)]`, or in a file of tests.
    pub test: bool,
    /// The innermost function, its signature included.
    pub function: Option<String>,
    /// The inline modules, outermost first.
    pub modules: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Path,
    Import,
    /// After a dot: a method or a field.
    Member,
    /// Before an exclamation mark.
    Macro,
}

/// A path as written, generics left out and the groups of a `use` unfolded. A float literal is
/// an `f64` by another name; a path that follows `<Type>` has `_` for its head.
#[derive(Clone, Debug)]
pub struct Name {
    pub segments: Vec<String>,
    pub line: usize,
    pub kind: Kind,
    pub scope: Scope,
}

impl Name {
    pub fn is(&self, segments: &[&str]) -> bool {
        self.segments == segments
    }

    pub fn starts_with(&self, segments: &[&str]) -> bool {
        self.segments.len() >= segments.len() && self.segments.iter().zip(segments).all(|(a, b)| a == b)
    }

    pub fn last(&self) -> &str {
        self.segments.last().map_or("", String::as_str)
    }
}

#[derive(Debug)]
pub struct File {
    /// From the root of the package, with forward slashes: `src/amm/v3/mod.rs`.
    pub path: String,
    /// `["amm", "v3"]`; empty for `lib.rs` and `main.rs`.
    pub module: Vec<String>,
    pub text: String,
    pub names: Vec<Name>,
    /// The whole file is test code.
    pub test: bool,
    /// The lines of each item under `#[cfg(test)]`.
    pub test_items: Vec<RangeInclusive<usize>>,
}

impl File {
    /// The top-level module; `main.rs` counts as `cli`, `lib.rs` as none.
    pub fn stage(&self) -> Option<&str> {
        if self.path == "src/main.rs" { Some("cli") } else { self.module.first().map(String::as_str) }
    }

    pub fn is_in(&self, stages: &[&str]) -> bool {
        self.stage().is_some_and(|stage| stages.contains(&stage))
    }

    pub fn breach(&self, line: usize, what: impl Into<String>) -> Breach {
        Breach { path: self.path.clone(), line, what: what.into() }
    }

    /// Names outside of tests.
    pub fn live_names(&self) -> impl Iterator<Item = &Name> {
        self.names.iter().filter(|name| !name.scope.test)
    }
}

#[derive(Debug)]
pub struct Tree {
    pub files: Vec<File>,
}

impl Tree {
    /// Reads `src/` of the package at `root`.
    pub fn load(root: &Path) -> Self {
        let mut sources = Vec::new();
        for path in files_under(&root.join("src")) {
            if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("listed under the root").to_string_lossy().replace('\\', "/");
                sources.push((name, fs::read_to_string(&path).expect("a source is readable UTF-8")));
            }
        }
        sources.sort();
        Self::of(&sources.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>())
    }

    /// A tree from texts: what the rules' own tests plant breaches in.
    pub fn of(sources: &[(&str, &str)]) -> Self {
        let mut test_modules: Vec<Vec<String>> = Vec::new();
        let mut files = Vec::new();
        for (path, text) in sources {
            let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{path} does not lex: {error}"));
            let mut scanner = Scanner::default();
            scanner.scan(&trees(tokens), &Scope::default());
            let module = module_of(path);
            test_modules.extend(scanner.test_modules.into_iter().map(|child| [module.clone(), child].concat()));
            files.push(File {
                path: (*path).to_owned(),
                module,
                text: (*text).to_owned(),
                names: scanner.names,
                test: false,
                test_items: scanner.test_items,
            });
        }
        for file in &mut files {
            file.test = file.module.last().is_some_and(|module| module == "tests")
                || test_modules.iter().any(|module| file.module.starts_with(module));
            if file.test {
                file.names.iter_mut().for_each(|name| name.scope.test = true);
            }
        }
        Self { files }
    }

    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// Every file below `folder`, in order.
pub fn files_under(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}

fn module_of(path: &str) -> Vec<String> {
    let inner = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") || inner == "lib" || inner == "main" {
        module.pop();
    }
    module
}

fn trees(tokens: TokenStream) -> Vec<TokenTree> {
    tokens.into_iter().collect()
}

fn line(token: &TokenTree) -> usize {
    token.span().start().line
}

fn ident(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

fn is_punct(token: Option<&TokenTree>, char: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')
}

/// The index behind the `>` that closes the `<` at `open`.
fn behind_generics(tokens: &[TokenTree], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if is_punct(Some(token), '<') {
            depth += 1;
        } else if is_punct(Some(token), '>') && !is_punct(tokens.get(at.wrapping_sub(1)), '-') {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    tokens.len()
}

#[derive(Default)]
struct Scanner {
    names: Vec<Name>,
    test_items: Vec<RangeInclusive<usize>>,
    /// Modules declared as `#[cfg(test)] mod name;`.
    test_modules: Vec<Vec<String>>,
}

impl Scanner {
    /// Reads one run of tokens. `item` is `scope` as narrowed by the item being read: an
    /// attribute, a `mod` or a `fn` narrows it, the item's body or semicolon ends it.
    fn scan(&mut self, tokens: &[TokenTree], scope: &Scope) {
        let mut item = scope.clone();
        let mut item_line = None;
        let mut import = false;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' && is_cfg_test(tokens.get(at + 1)) => {
                    item.test = true;
                    item_line = Some(line(token));
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => {
                    if let (Some(first), false) = (item_line, scope.test) {
                        self.test_items.push(first..=line(token));
                    }
                    (item, item_line, import) = (scope.clone(), None, false);
                }
                TokenTree::Group(group) => {
                    self.scan(&trees(group.stream()), &item);
                    if group.delimiter() == Delimiter::Brace {
                        if let (Some(first), false) = (item_line, scope.test) {
                            self.test_items.push(first..=group.span_close().end().line);
                        }
                        (item, item_line) = (scope.clone(), None);
                    }
                }
                TokenTree::Ident(word) => match (word.to_string().as_str(), ident(tokens.get(at + 1))) {
                    ("use", _) => import = true,
                    ("mod", Some(name)) => {
                        item.modules.push(name);
                        if item.test && is_punct(tokens.get(at + 2), ';') {
                            self.test_modules.push(item.modules.clone());
                        }
                        at += 1;
                    }
                    ("fn", Some(name)) => {
                        item.function = Some(name);
                        at += 1;
                    }
                    _ => {
                        at = self.path(tokens, at, Vec::new(), import, &item);
                        continue;
                    }
                },
                // Behind a dot it is a field of a field: `a.0.1`.
                TokenTree::Literal(literal)
                    if is_float(&literal.to_string()) && !is_punct(tokens.get(at.wrapping_sub(1)), '.') =>
                {
                    self.push(vec!["f64".to_owned()], line(token), Kind::Path, &item);
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Reads the path that starts at `at` below `segments`; returns the index behind it.
    fn path(
        &mut self,
        tokens: &[TokenTree],
        mut at: usize,
        mut segments: Vec<String>,
        import: bool,
        scope: &Scope,
    ) -> usize {
        let before = at.wrapping_sub(1);
        let mut kind = if import { Kind::Import } else { Kind::Path };
        if is_punct(tokens.get(before), '.') {
            kind = Kind::Member;
        } else if is_punct(tokens.get(before), ':') && is_punct(tokens.get(at.wrapping_sub(3)), '>') {
            segments.push("_".to_owned());
        }
        let Some(first) = tokens.get(at).map(line) else { return at };
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(word)) => segments.push(word.to_string()),
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => segments.push("*".to_owned()),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    for branch in trees(group.stream()).split(|token| is_punct(Some(token), ',')) {
                        self.path(branch, 0, segments.clone(), import, scope);
                    }
                    return at + 1;
                }
                _ => break,
            }
            at += 1;
            if is_path_separator(tokens, at) && is_punct(tokens.get(at + 2), '<') {
                let behind = behind_generics(tokens, at + 2);
                self.scan(tokens.get(at + 3..behind).unwrap_or_default(), scope);
                at = behind;
            }
            if !is_path_separator(tokens, at) {
                break;
            }
            at += 2;
        }
        if is_punct(tokens.get(at), '!') && !is_punct(tokens.get(at + 1), '=') {
            kind = Kind::Macro;
        }
        self.push(segments, first, kind, scope);
        at
    }

    fn push(&mut self, segments: Vec<String>, line: usize, kind: Kind, scope: &Scope) {
        self.names.push(Name { segments, line, kind, scope: scope.clone() });
    }
}

/// `[cfg(test)]`, the hash before it left out.
fn is_cfg_test(attribute: Option<&TokenTree>) -> bool {
    let Some(attribute) = group(attribute, Delimiter::Bracket) else { return false };
    let text: String = attribute.stream().to_string().split_whitespace().collect();
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

fn is_float(literal: &str) -> bool {
    match syn::parse_str(literal) {
        Ok(syn::Lit::Float(_)) => true,
        Ok(syn::Lit::Int(int)) => int.suffix().starts_with('f'),
        _ => false,
    }
}

/// Where `rule` finds breaches in `sources`, as `path:line`: for the rules' own tests.
#[cfg(test)]
pub fn found(rule: impl Fn(&Tree) -> Vec<Breach>, sources: &[(&str, &str)]) -> Vec<String> {
    rule(&Tree::of(sources)).iter().map(|breach| format!("{}:{}", breach.path, breach.line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        Tree::of(&[("src/a.rs", source)]).files[0].names.iter().map(|name| name.segments.join("::")).collect()
    }

    #[test]
    fn unfolds_groups_and_looks_into_generics_and_macros() {
        assert_eq!(
            names("use crate::{a, b::{self, c as d}, e::*};"),
            ["crate::a", "crate::b::self", "crate::b::c", "crate::e::*"]
        );
        assert_eq!(names("x!(crate::io::y());"), ["x", "crate::io::y"]);
        assert_eq!(names("A::<crate::io::B>::new();"), ["crate::io::B", "A::new"]);
        assert_eq!(names("<A<B>>::mint();"), ["A", "B", "_::mint"]);
        assert_eq!(names("/// See [`crate::io`].\nstruct A;"), ["doc", "struct", "A"]);
    }

    #[test]
    fn tells_floats_from_tuple_fields_and_ranges() {
        assert_eq!(names("1.5; 2e3; 1f32;"), ["f64", "f64", "f64"]);
        assert_eq!(names("a.0.1; 0..1; 1u8; 0x1e3;"), ["a"]);
    }

    #[test]
    fn knows_what_is_a_test() {
        let source =
            "fn a() { x(); }\n#[cfg(test)]\nmod more {\n fn b() { y(); }\n}\nfn c() { z(); }\n#[cfg(test)]\nmod far;";
        let tree = Tree::of(&[("src/a/mod.rs", source), ("src/a/far/deep.rs", "w();"), ("src/a/tests.rs", "v();")]);
        let tests: Vec<&str> =
            tree.files.iter().flat_map(|file| &file.names).filter(|name| name.scope.test).map(Name::last).collect();
        assert_eq!(tests, ["cfg", "test", "y", "cfg", "test", "w", "v"]);
        assert_eq!(tree.files[0].test_items, [2..=5, 7..=8]);
    }

    #[test]
    fn knows_the_function_from_its_name_to_its_end() {
        let tree = Tree::of(&[("src/a.rs", "fn to_f64(x: f64) -> f64 { m! { f64 } }\nfn other() -> f64 { f64 }")]);
        let functions: Vec<_> = tree.files[0]
            .names
            .iter()
            .filter(|name| name.is(&["f64"]))
            .map(|name| name.scope.function.as_deref())
            .collect();
        assert_eq!(functions, [Some("to_f64"), Some("to_f64"), Some("to_f64"), Some("other"), Some("other")]);
    }
}
