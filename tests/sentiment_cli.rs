//! `shoal sentiment` as a process.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use tempfile::TempDir;

fn run(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoal"));
    command.current_dir(folder).arg("sentiment").args(args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that fails at once does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn rows(csv: &str) -> Vec<[String; 3]> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(reader.headers().unwrap(), &["text", "score", "confidence"][..]);
    reader.records().map(|row| std::array::from_fn(|i| row.as_ref().unwrap()[i].to_owned())).collect()
}

const INPUT: &[u8] =
    b"\xef\xbb\xbfVADER is smart, handsome, and funny!\r\n\r\n  \nThe table is brown, \"really\"\nnot good";

/// The first score is the example of the reference's own documentation.
#[test]
fn a_row_for_every_line() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("in.txt"), INPUT).unwrap();
    let said = run(folder.path(), &["--in=in.txt", "--out=out.csv"], b"");
    assert_eq!(text(&said.stderr), "");
    assert_eq!(text(&said.stdout), "5 texts scored by vader into out.csv: 1 positive, 3 neutral, 1 negative\n");
    let out = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    let expected = [
        ["VADER is smart, handsome, and funny!", "0.8439", "0.7500"],
        ["", "0.0000", "0.0000"],
        ["  ", "0.0000", "0.0000"],
        ["The table is brown, \"really\"", "0.0000", "0.0000"],
        ["not good", "-0.3412", "0.5000"],
    ];
    assert_eq!(rows(&out), expected);

    let said = run(folder.path(), &["--in=in.txt", "--out=out.csv", "--json"], b"");
    let summary: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!((summary["texts"].as_u64(), summary["empty"].as_u64()), (Some(5), Some(2)));
    assert_eq!(summary["scorer"], "vader");
}

#[test]
fn standard_input_and_output_and_gzip() {
    let folder = TempDir::new().unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(INPUT).unwrap();
    let packed = packed.finish().unwrap();
    let plain = run(folder.path(), &["--in=-", "--out=-"], INPUT);
    let unpacked = run(folder.path(), &["--in=-", "--out=-"], &packed);
    assert_eq!(rows(&text(&plain.stdout)).len(), 5);
    assert_eq!(plain.stdout, unpacked.stdout);
    let none = run(folder.path(), &["--in=-", "--out=-"], b"");
    assert_eq!(text(&none.stdout), "text,score,confidence\n");
}

fn check_fault(args: &[&str], input: &[u8], code: i32, part: &str) {
    let folder = TempDir::new().unwrap();
    let said = run(folder.path(), args, input);
    let message = text(&said.stderr);
    assert_eq!(said.status.code(), Some(code), "{message}");
    assert!(message.starts_with("error: ") && message.contains(part), "{message}");
    assert!(!folder.path().join("out.csv").exists(), "half an output was left");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something was left behind");
}

#[test]
fn faults_are_located_and_leave_nothing_behind() {
    check_fault(&["--in=-", "--out=out.csv"], b"good\nb\xffd\n", 1, "standard input: line 2: not UTF-8");
    let long = vec![b'a'; 70_000];
    check_fault(&["--in=-", "--out=out.csv"], &long, 1, "standard input: line 1: longer than 65536 bytes");
    check_fault(&["--in=none.txt", "--out=out.csv"], b"", 1, "none.txt: No such file");
    check_fault(&["--in=.", "--out=out.csv"], b"", 1, ".: Is a directory");
    check_fault(&["--in=-", "--out=no/such/out.csv"], b"good", 1, "no/such/out.csv cannot be written");
    check_fault(&["--in=-", "--out=-", "--json"], b"good", 2, "--json");
    check_fault(&["--in=-", "--out=out.csv", "--model=m.onnx"], b"", 2, "--tokenizer");
}

#[cfg(not(feature = "transformer"))]
#[test]
fn a_build_without_the_transformer_says_so() {
    let args = ["--in=-", "--out=out.csv", "--model=m.onnx", "--tokenizer=t.json"];
    check_fault(&args, b"good", 2, "was built without the transformer scorer");
}
