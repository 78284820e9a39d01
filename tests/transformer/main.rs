//! The transformer scorer against Python's onnxruntime, on a tiny model with random weights that
//! `generate.py` made. Needs the cargo feature, and the ONNX runtime's library by
//! `ORT_DYLIB_PATH`.

#![cfg(feature = "transformer")]

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;
use shoal::{
    io::onnx::Classifier,
    sentiment::{Classes, Scorer},
    service::transformer::Transformer,
};

#[derive(Deserialize)]
struct Row {
    text: String,
    logits: Vec<f32>,
    softmax: [f64; 3],
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transformer").join(name)
}

fn library() -> Option<PathBuf> {
    #[allow(clippy::disallowed_methods, reason = "the environment says where the library lies")]
    let path = std::env::var("ORT_DYLIB_PATH").ok().map(PathBuf::from);
    if path.is_none() {
        // Past the test harness, which keeps what a passed test prints.
        let _ = writeln!(std::io::stderr(), "skipped: ORT_DYLIB_PATH names no ONNX runtime");
    }
    path
}

#[test]
fn outputs_and_scores_are_pythons() {
    let Some(library) = library() else { return };
    let open = || Classifier::open(&library, &fixture("model.onnx"), &fixture("tokenizer.json")).unwrap();
    let classes = Classes::new(&["positive", "negative", "neutral"].map(str::to_owned)).unwrap();
    let (classifier, transformer) = (open(), Transformer::new(open(), classes).unwrap());
    let golden = fs::read_to_string(fixture("golden.jsonl")).unwrap();
    let mut furthest = 0.0f32;
    for line in golden.lines() {
        let Row { text, logits, softmax: [positive, negative, _] } = serde_json::from_str(line).unwrap();
        let ours = classifier.logits(&text).unwrap();
        assert_eq!(ours.len(), 3);
        furthest = ours.iter().zip(&logits).map(|(a, b)| (a - b).abs()).fold(furthest, f32::max);
        let score = transformer.score(&text).unwrap();
        assert!((score.value - (positive - negative)).abs() < 1e-5, "{text}: {score:?}");
    }
    println!("{} texts, greatest difference of an output {furthest:e}", golden.lines().count());
    assert!(furthest < 1e-5);
}

#[test]
fn whatever_is_missing_or_wrong_is_named() {
    let (model, tokenizer) = (fixture("model.onnx"), fixture("tokenizer.json"));
    let error = |library: &Path, model: &Path, tokenizer: &Path| {
        Classifier::open(library, model, tokenizer).unwrap_err().to_string()
    };
    // Before a runtime is loaded: what is loaded once stays.
    let none = Path::new("/no/such/libonnxruntime.so");
    assert!(error(none, &fixture("none.onnx"), &tokenizer).contains("none.onnx: no ONNX model"));
    assert!(error(none, &model, &fixture("none.json")).contains("none.json: no tokenizer"));
    assert!(error(none, &model, &model).contains("model.onnx: no tokenizer"));
    let Some(library) = library() else { return };
    assert!(error(&library, &tokenizer, &tokenizer).contains("tokenizer.json: no ONNX model that can be run"));
}

#[test]
fn the_command_scores_by_it() {
    let Some(library) = library() else { return };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.txt"), "bullish\n\nbad hack\n").unwrap();
    let run = |library: &Path, labels: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shoal"));
        command.current_dir(folder.path()).env("ORT_DYLIB_PATH", library);
        command.args(["sentiment", "--in=in.txt", "--out=out.csv", "--labels", labels]);
        command.arg("--model").arg(fixture("model.onnx")).arg("--tokenizer").arg(fixture("tokenizer.json"));
        command.output().unwrap()
    };
    let said = run(&library, "positive,negative,neutral");
    assert_eq!(String::from_utf8_lossy(&said.stderr), "");
    assert!(said.status.success());
    assert_eq!(fs::read_to_string(folder.path().join("out.csv")).unwrap().lines().count(), 4);
    assert_eq!(run(&library, "positive,negative").status.code(), Some(2));
    let said = run(Path::new("/no/such/library.so"), "positive,negative,neutral");
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.code() == Some(1) && text.contains("ORT_DYLIB_PATH") && !text.contains("panicked"), "{text}");
}
