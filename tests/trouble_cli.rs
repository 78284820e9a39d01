//! `shoal backtest` against what users really give it: every fault is named with its place, and
//! none is a panic.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use tempfile::TempDir;

/// 2023-01-01 00:00 UTC.
const FIRST: u64 = 1_672_531_200;
const HOUR: u64 = 3_600;
const HOURS: u64 = 2_600;
/// The last day, of the 2,600 hours.
const LAST_DAY: [&str; 3] = ["--data=data", "--hours=24", "--json"];
const ETH: &str = "data/candles/v/ETHUSDT_1h.csv";

/// A folder with a faultless data folder in it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("data/candles/v")).unwrap();
    for (symbol, price) in [("ETHUSDT", 2_000.0), ("BTCUSDT", 40_000.0)] {
        let path = folder.path().join(format!("data/candles/v/{symbol}_1h.csv"));
        fs::write(path, candles(price)).unwrap();
    }
    folder
}

/// Two waves: there is something to learn, and it is the same on every machine.
fn candles(price: f64) -> String {
    let mut text = "ts,open,high,low,close,volume\n".to_owned();
    let mut open = price;
    for hour in 0..HOURS {
        let phase = hour as f64;
        let close = price * (1.0 + 0.05 * (phase / 40.0).sin() + 0.01 * (phase * 1.7).sin());
        let (high, low) = (open.max(close) * 1.002, open.min(close) * 0.998);
        let ts = FIRST + hour * HOUR;
        writeln!(text, "{ts},{open:.2},{high:.2},{low:.2},{close:.2},100").unwrap();
        open = format!("{close:.2}").parse().unwrap();
    }
    text
}

/// Rewrites a file of the folder.
fn edit(folder: &TempDir, path: &str, change: impl FnOnce(String) -> String) {
    let path = folder.path().join(path);
    let text = fs::read_to_string(&path).unwrap();
    let changed = change(text.clone());
    assert_ne!(changed, text, "the edit of {} changed nothing", path.display());
    fs::write(path, changed).unwrap();
}

/// The same with one line; lines count from one.
fn edit_line(folder: &TempDir, path: &str, number: usize, change: impl FnOnce(&str) -> String) {
    edit(folder, path, |text| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines[number - 1] = change(&lines[number - 1]);
        lines.join("\n") + "\n"
    });
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoal"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SHOAL_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).arg("backtest").args(args).stdin(Stdio::null());
    command
}

struct Output {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn backtest(folder: &TempDir, args: &[&str]) -> Output {
    let output = command(folder.path(), args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let output = Output { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
    output
}

/// The run fails with this code and these words on stderr, and prints nothing else.
#[track_caller]
fn fails(folder: &TempDir, args: &[&str], code: i32, words: &[&str]) {
    let output = backtest(folder, args);
    assert_eq!((output.code, output.stdout.as_str()), (Some(code), ""), "{}", output.stderr);
    assert!(output.stderr.starts_with("error: "), "{}", output.stderr);
    for word in words {
        assert!(output.stderr.contains(word), "`{word}` is not in: {}", output.stderr);
    }
}

/// A report without what differs from run to run.
fn report(output: &Output) -> Value {
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
    let mut report: Value = serde_json::from_str(&output.stdout).unwrap();
    report.as_object_mut().unwrap().remove("timing");
    report
}

/// The shipped configuration, changed, as `bot.toml`.
fn configuration(folder: &TempDir, change: impl FnOnce(String) -> String) {
    for name in ["demo.toml", "tokens.toml", "pools.toml"] {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
        let target = if name == "demo.toml" { "bot.toml" } else { name };
        fs::copy(shipped, folder.path().join(target)).unwrap();
    }
    edit(folder, "bot.toml", change);
}

const WITH_CONFIG: [&str; 4] = ["--config=bot.toml", "--data=data", "--hours=24", "--json"];

#[test]
fn the_clean_folder_runs_and_again_alike() {
    let folder = folder();
    let first = report(&backtest(&folder, &LAST_DAY));
    assert_eq!(first["hours"], 24);
    assert_eq!(report(&backtest(&folder, &LAST_DAY)), first);
}

#[test]
fn a_configuration_that_is_not_there() {
    fails(&folder(), &["--config=none.toml"], 2, &["error: none.toml: no such file\n"]);
}

#[test]
fn malformed_toml_is_named_with_its_line() {
    let folder = folder();
    configuration(&folder, |text| text.replace("kelly_fraction = 0.25", "kelly_fraction = = 0.25"));
    let text = fs::read_to_string(folder.path().join("bot.toml")).unwrap();
    let line = 1 + text.lines().position(|line| line.starts_with("kelly_fraction")).unwrap();
    fails(&folder, &WITH_CONFIG, 2, &[&format!("error: bot.toml: line {line}, column ")]);
}

#[test]
fn all_faults_of_a_configuration_are_named_at_once() {
    let folder = folder();
    configuration(&folder, |text| {
        text.replace("kelly_fraction = 0.25", "kely_fraction = 0.25")
            .replace("horizon_hours = 12", "horizon_hours = \"twelve\"")
            .replace("max_drawdown_bps = 1500", "max_drawdown_bps = 150000")
            .replace("capital = \"10000\"", "capital = 10000")
            .replace("pool = \"wbtc-usdc-005\"", "pool = \"wbtc-usdc-05\"")
    });
    let faults = [
        "error: bot.toml: risk.kely_fraction: unknown key; did you mean kelly_fraction?\n",
        "error: bot.toml: risk.kelly_fraction: missing\n",
        "error: bot.toml: model.horizon_hours: must be an integer, is a string\n",
        "error: bot.toml: risk.max_drawdown_bps: must be within [1, 9999], is 150000\n",
        "error: bot.toml: demo.capital: must be a decimal in quotes (\"12.5\"), is an integer\n",
        "error: bot.toml: markets[1].pool: unknown pool \"wbtc-usdc-05\"; did you mean wbtc-usdc-005?\n",
    ];
    fails(&folder, &WITH_CONFIG, 2, &faults);
}

#[test]
fn a_data_folder_that_is_not_there() {
    fails(&folder(), &["--data=dta"], 1, &["error: dta: no such folder; . holds data\n"]);
}

#[test]
fn a_gap_in_the_range_is_refused_and_may_be_allowed() {
    let folder = folder();
    edit_line(&folder, ETH, 2_598, |_| String::new());
    let gap = FIRST + 2_596 * HOUR;
    let text = shoal::units::Timestamp(gap).to_string();
    fails(&folder, &LAST_DAY, 1, &[&format!("error: {ETH}: 1 hours are missing between "), &text]);
    let allowed = report(&backtest(&folder, &[&LAST_DAY[..], &["--allow-gaps"]].concat()));
    let notes = allowed["notes"].to_string();
    assert!(notes.contains("1 hours are missing and left out of the range"), "{notes}");
}

#[test]
fn a_row_that_stands_twice() {
    let folder = folder();
    edit_line(&folder, ETH, 1_000, |line| format!("{line}\n{line}"));
    let ts = FIRST + 998 * HOUR;
    fails(&folder, &LAST_DAY, 1, &[&format!("error: {ETH}: line 1001, field `ts`: {ts} stands twice\n")]);
}

#[test]
fn rows_that_do_not_ascend() {
    let folder = folder();
    edit(&folder, ETH, |text| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.swap(499, 500);
        lines.join("\n")
    });
    let (late, early) = (FIRST + 499 * HOUR, FIRST + 498 * HOUR);
    let words = format!("error: {ETH}: line 501, field `ts`: {early} comes after {late}: rows must ascend\n");
    fails(&folder, &LAST_DAY, 1, &[&words]);
}

#[test]
fn fields_that_are_no_prices() {
    let with = |row: &str| {
        let folder = folder();
        edit_line(&folder, ETH, 700, |line| format!("{}{row}", &line[..10]));
        folder
    };
    let place = |field: &str| format!("error: {ETH}: line 700, field `{field}`: ");
    for (row, field, words) in [
        (",1,2,-1,1,5", "low", "-1"),
        (",1,2,0,1,5", "low", "0"),
        (",abc,2,1,1,5", "open", "`abc` is not a number"),
        (",,2,1,1,5", "open", "`` is not a number"),
        (",NaN,2,1,1,5", "open", "`NaN` is not finite"),
        (",2,1,1,2,5", "high", "1 is below 2"),
        (",2,2,2,1,5", "low", "2 is above 1"),
        (",1,1,1,1,-5", "volume", "`-5` is negative"),
        (",1,1,1,1", "volume", "lacks this one"),
        ("000,1,1,1,1,5", "ts", "seconds are wanted, not milliseconds"),
    ] {
        fails(&with(row), &LAST_DAY, 1, &[&place(field), words]);
    }
}

#[test]
fn a_column_that_is_missing() {
    let folder = folder();
    edit_line(&folder, ETH, 1, |header| header.replace(",close", ",last"));
    let words = format!("error: {ETH}: line 1: the header lacks `close`: it reads `ts,open,high,low,last,volume`\n");
    fails(&folder, &LAST_DAY, 1, &[&words]);
}

#[test]
fn files_without_rows_or_without_anything() {
    let folder = folder();
    edit(&folder, ETH, |_| "ts,open,high,low,close,volume\n".to_owned());
    fails(&folder, &LAST_DAY, 1, &[&format!("error: {ETH}: a header but no rows\n")]);
    edit(&folder, ETH, |_| String::new());
    fails(&folder, &LAST_DAY, 1, &[&format!("error: {ETH}: the file is empty\n")]);
    fs::remove_file(folder.path().join(ETH)).unwrap();
    fails(&folder, &LAST_DAY, 1, &["error: no venue in data has hourly candles of ETH, BTC: v has no ETH\n"]);
}

fn compress(folder: &TempDir) -> Vec<u8> {
    let path = folder.path().join(ETH);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&fs::read(&path).unwrap()).unwrap();
    fs::remove_file(path).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_truncated_gzip_is_not_taken_for_a_short_file() {
    let folder = folder();
    let compressed = compress(&folder);
    let path = folder.path().join(format!("{ETH}.gz"));
    for length in [compressed.len() - 1, compressed.len() - 8, compressed.len() / 2, 5] {
        fs::write(&path, &compressed[..length]).unwrap();
        fails(&folder, &LAST_DAY, 1, &[&format!("error: {ETH}.gz: damaged or truncated gzip: ")]);
    }
}

#[test]
fn compression_byte_order_marks_line_ends_and_columns_change_nothing() {
    let clean = report(&backtest(&folder(), &LAST_DAY));
    // The only place where the folder's form may show is the note that names the file.
    let same = |folder: &TempDir, name: &str| {
        let text = report(&backtest(folder, &LAST_DAY)).to_string().replace(name, "ETHUSDT_1h.csv");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), clean);
    };
    let dos = folder();
    edit(&dos, ETH, |text| format!("\u{feff}{}", text.replace('\n', "\r\n")));
    same(&dos, "ETHUSDT_1h.csv");
    let reordered = folder();
    edit(&reordered, ETH, |text| {
        let line = |line: &str| {
            let fields: Vec<&str> = line.split(',').collect();
            format!("{},more,{}\n", fields[5], fields[..5].join(","))
        };
        text.lines().map(line).collect()
    });
    same(&reordered, "ETHUSDT_1h.csv");
    let packed = folder();
    fs::write(packed.path().join(format!("{ETH}.gz")), compress(&packed)).unwrap();
    same(&packed, "ETHUSDT_1h.csv.gz");
}

#[test]
fn impossible_ranges() {
    let folder = folder();
    for data in [&["--data=data"][..], &[]] {
        let range = |from: &'static str, to: &'static str| [data, &[from, to]].concat();
        let backwards = range("--from=2023-04-02", "--to=2023-04-01");
        let words = "error: --from 2023-04-02T00:00:00Z must lie before --to 2023-04-01T00:00:00Z\n";
        fails(&folder, &backwards, 2, &[words]);
        fails(&folder, &range("--from=2023-04-02", "--to=2023-04-02"), 2, &["must lie before --to"]);
        let odd = range("--from=2023-04-01T00:30:00Z", "--to=2023-04-02");
        fails(&folder, &odd, 2, &["error: --from 2023-04-01T00:30:00Z is not on the hour: give "]);
        fails(&folder, &range("--from=yesterday", "--to=2023-04-02"), 2, &["--from", "`yesterday` is no time: give "]);
        fails(&folder, &range("--from=2023-02-30", "--to=2023-04-02"), 2, &["`2023-02-30` is no time"]);
        fails(&folder, &[data, &["--hours=0"]].concat(), 2, &["--hours"]);
    }
}

#[test]
fn a_range_outside_of_the_data() {
    let covered = format!("{ETH} covers 2023-01-01T00:00:00Z to 2023-04-19T08:00:00Z");
    for range in [["--from=2024-04-01", "--to=2024-04-02"], ["--from=2023-04-19", "--to=2023-04-20"]] {
        fails(&folder(), &[&["--data=data"][..], &range].concat(), 1, &["error: no candles cover ", &covered]);
    }
    let longer = ["--data=data", "--hours=2601"];
    fails(&folder(), &longer, 1, &["error: no candles cover 2601 hours: ", &covered]);
}

#[test]
fn too_little_history_to_train_on() {
    let range = ["--data=data", "--from=2023-03-04T11:00:00Z", "--hours=24", "--json"];
    let words = "error: only 1499 unbroken hours before 2023-03-04T11:00:00Z, of the 1500 that training needs at least; begin later";
    fails(&folder(), &range, 1, &[words]);
    let enough = ["--data=data", "--from=2023-03-04T12:00:00Z", "--hours=24", "--json"];
    report(&backtest(&folder(), &enough));
    // A gap in the history cuts it, and the message is the same.
    let gap = folder();
    edit_line(&gap, ETH, 2_000, |_| String::new());
    fails(&gap, &LAST_DAY, 1, &["error: only 577 unbroken hours before "]);
}

#[test]
fn venues() {
    let unknown = [&LAST_DAY[..], &["--venue=kraken"]].concat();
    fails(&folder(), &unknown, 1, &["error: no venue `kraken` in data: it holds v\n"]);
    fails(&folder(), &["--venue=v"], 2, &["--data"]);
    let known = backtest(&folder(), &[&LAST_DAY[..], &["--venue=v"]].concat());
    assert_eq!(report(&known), report(&backtest(&folder(), &LAST_DAY)));
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_the_work() {
    let folder = folder();
    fs::write(folder.path().join("file"), "").unwrap();
    // The data folder is absent too: the first complaint is the one that costs nothing.
    let beneath_a_file = ["--data=none", "--out=file/out"];
    fails(&folder, &beneath_a_file, 1, &["error: --out file/out\n  because: "]);
    fails(&folder, &["--data=none", "--out=file"], 1, &["error: --out file\n  because: "]);
    let output = backtest(&folder, &[&LAST_DAY[..], &["--out=new/out"]].concat());
    let printed = report(&output);
    let mut written: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("new/out/report.json")).unwrap()).unwrap();
    written.as_object_mut().unwrap().remove("timing");
    assert_eq!(written, printed);
    assert!(folder.path().join("new/out/report.html").is_file());
}

/// `shoal backtest ... | head -0`: the reader is gone before the first line.
#[test]
fn a_closed_stdout_is_no_panic() {
    let folder = folder();
    for form in [&LAST_DAY[..2], &LAST_DAY[..]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = command(folder.path(), form).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
    }
}

/// Ctrl-C while the model is trained, before tens of thousands of hours are played: what was
/// played is reported, and the exit code is the shells' own.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_run_with_130() {
    let folder = folder();
    let mut command = command(folder.path(), &["--hours=50000", "--json", "-v"]);
    // A file, not a pipe: nobody reads it while the log is followed.
    let out = folder.path().join("report.json");
    let mut child = command.stdout(fs::File::create(&out).unwrap()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("read; making the model ready") {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "the run ended before it began");
    }
    let pid = i32::try_from(child.id()).unwrap();
    interrupt(pid);
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut log, &mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert!(!rest.contains("panicked"), "{rest}");
    let report: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    assert!(report["summary"]["capital"].is_string(), "{report}");
}

#[cfg(unix)]
#[allow(unsafe_code, reason = "a signal to our own child")]
fn interrupt(pid: i32) {
    // SAFETY: `kill` takes no pointers; the child is not reaped yet, so the number is its own.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGINT) }, 0);
}
