//! `shoal keys` as the binary runs it.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// The first of Anvil's published development keys.
const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const ADDRESS: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const PASSWORD: &str = "correct horse battery";

struct Output {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the binary in `folder` with these variables and no others of ours; nothing secret may
/// be in what it prints, however it ends.
fn shoal(folder: &Path, variables: &[(&str, &str)], args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoal"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SHOAL_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).args(args).envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that reads nothing may have closed its end already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let output = Output { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    let shown = format!("{}{}", output.stdout, output.stderr).to_lowercase();
    assert!(!shown.contains(PASSWORD), "{shown}");
    for start in 2..=KEY.len() - 8 {
        assert!(!shown.contains(&KEY[start..start + 8]), "{shown}");
    }
    output
}

fn check(output: &Output, code: i32, stdout: &str, stderr: &str) {
    assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (Some(code), stdout, stderr));
}

#[test]
fn a_new_keystore_round_trips_and_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let password = [("SHOAL_KEYSTORE_PASSWORD", PASSWORD)];
    let made = shoal(folder.path(), &password, &["keys", "new", "--out", "a.keystore"], "");
    assert_eq!((made.code, made.stderr.as_str()), (Some(0), ""));
    assert!(made.stdout.starts_with("0x") && made.stdout.trim_end().len() == 42, "{}", made.stdout);

    let stored = [("SHOAL_KEYSTORE", "a.keystore"), password[0]];
    check(&shoal(folder.path(), &stored, &["keys", "address"], ""), 0, &made.stdout, "");
    let json = shoal(folder.path(), &stored, &["keys", "address", "--json"], "");
    let value: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(value["address"], made.stdout.trim_end());
    assert_eq!(value["keystore"], "a.keystore");

    let before = std::fs::read(folder.path().join("a.keystore")).unwrap();
    let again = shoal(folder.path(), &password, &["keys", "new", "--out", "a.keystore"], "");
    check(&again, 1, "", "error: a.keystore exists already: a keystore is never overwritten\n");
    assert_eq!(std::fs::read(folder.path().join("a.keystore")).unwrap(), before);

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join("a.keystore")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_key_is_imported_from_the_environment_a_file_or_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let password = ("SHOAL_KEYSTORE_PASSWORD", PASSWORD);
    let from_variable = [("SHOAL_PRIVATE_KEY", KEY), password];
    let imported = shoal(folder.path(), &from_variable, &["--json", "keys", "import", "--out", "a"], "");
    check(&imported, 0, &format!("{{\"address\":\"{ADDRESS}\",\"keystore\":\"a\"}}\n"), "");
    let imported = shoal(folder.path(), &[password], &["keys", "import", "--out", "b"], &format!("{}\n", &KEY[2..]));
    check(&imported, 0, &format!("{ADDRESS}\n"), "");
    let written = std::fs::read_to_string(folder.path().join("b")).unwrap();
    assert!(!written.contains(&KEY[2..]) && !written.contains(PASSWORD));

    std::fs::write(folder.path().join(".env"), format!("SHOAL_PRIVATE_KEY={KEY}\nSHOAL_KEYSTORE=\n")).unwrap();
    check(&shoal(folder.path(), &[], &["keys", "address"], ""), 0, &format!("{ADDRESS}\n"), "");
    let both = shoal(folder.path(), &[("SHOAL_KEYSTORE", "b")], &["keys", "address"], "");
    assert_eq!((both.code, both.stdout.as_str()), (Some(2), ""));
    assert!(both.stderr.contains("SHOAL_PRIVATE_KEY") && both.stderr.contains("SHOAL_KEYSTORE"), "{}", both.stderr);
}

#[test]
fn what_is_absent_or_malformed_exits_with_two() {
    let folder = tempfile::tempdir().unwrap();
    let password = ("SHOAL_KEYSTORE_PASSWORD", PASSWORD);
    let run = |variables: &[_], args: &[_], input: &str| shoal(folder.path(), variables, args, input);

    let absent = run(&[], &["keys", "address"], "");
    assert_eq!(absent.code, Some(2));
    assert!(absent.stderr.starts_with("error: no key: set SHOAL_PRIVATE_KEY"), "{}", absent.stderr);
    let short = run(&[("SHOAL_PRIVATE_KEY", &KEY[..64])], &["keys", "address"], "");
    check(&short, 2, "", "error: the private key must have 64 hex digits, has 62\n");
    let spoilt = KEY.replace("80", "8!");
    let foreign = run(&[("SHOAL_PRIVATE_KEY", &spoilt)], &["keys", "address"], "");
    check(&foreign, 2, "", "error: the private key must be hex digits alone (0x in front is allowed)\n");
    let piped = run(&[password], &["keys", "import", "--out", "a"], &KEY[..65]);
    check(&piped, 2, "", "error: the private key must have 64 hex digits, has 63\n");
    let nothing = run(&[password], &["keys", "import", "--out", "a"], "");
    check(&nothing, 2, "", "error: no private key: set SHOAL_PRIVATE_KEY or give it on standard input\n");

    let locked = run(&[], &["keys", "new", "--out", "a"], "");
    check(&locked, 2, "", "error: the keystore a needs a password: set SHOAL_KEYSTORE_PASSWORD\n");
    assert!(!folder.path().join("a").exists());
    assert_eq!(run(&[password], &["keys", "new", "--out", "a"], "").code, Some(0));
    let locked = run(&[("SHOAL_KEYSTORE", "a")], &["keys", "address"], "");
    check(&locked, 2, "", "error: the keystore a needs a password: set SHOAL_KEYSTORE_PASSWORD\n");
    let wrong = run(&[("SHOAL_KEYSTORE", "a"), ("SHOAL_KEYSTORE_PASSWORD", "another horse")], &["keys", "address"], "");
    check(&wrong, 2, "", "error: wrong password for the keystore a\n");
    let unwritable = run(&[password], &["keys", "new", "--out", "none/a"], "");
    assert_eq!((unwritable.code, unwritable.stdout.as_str()), (Some(1), ""));

    std::fs::write(folder.path().join(".env"), format!("SHOAL_LOG=info\nSHOAL_PRIVATE_KEY {KEY}\n")).unwrap();
    check(&run(&[], &["keys", "address"], ""), 2, "", "error: .env: line 2: malformed: expected NAME=value\n");
}

#[test]
fn usage() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[_]| shoal(folder.path(), &[], args, "");
    assert_eq!(run(&[]).code, Some(2));
    assert_eq!(run(&["keys"]).code, Some(2));
    assert_eq!(run(&["keys", "new"]).code, Some(2));
    assert_eq!(run(&["frobnicate"]).code, Some(2));
    let help = run(&["keys", "--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    assert!(help.stdout.contains("Example"), "{}", help.stdout);
    let config = run(&["--config", "none.toml", "keys", "address"]);
    check(&config, 2, "", "error: none.toml: no such file\n");
    let log = shoal(folder.path(), &[("SHOAL_LOG", "shoal=[")], &["keys", "address"], "");
    assert_eq!(log.code, Some(2));
    assert!(log.stderr.starts_with("error: environment: SHOAL_LOG: must be a filter"), "{}", log.stderr);
}

/// `shoal ... | head -0`: the reader is gone before the first line.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoal"));
    command.current_dir(folder.path()).args(["keys", "address"]).env("SHOAL_PRIVATE_KEY", KEY);
    command.env_remove("SHOAL_KEYSTORE");
    let output = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}
