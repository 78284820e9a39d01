//! Macro and news files: one case a fault, and every real file where they are at hand.

use std::{collections::BTreeMap, fs, path::PathBuf};

use tempfile::TempDir;

use super::*;
use crate::domain::{Lag, Period, Publication, SeriesRule};

const DAILY: Publication = Publication { period: Period::Day, lag: Lag::Seconds(86_400) };
const MONTHLY: Publication = Publication { period: Period::Month, lag: Lag::Seconds(0) };

fn rule(publication: Publication) -> SeriesRule {
    SeriesRule { name: "test:s".into(), publication, stale_after: 0 }
}

fn put(folder: &str, name: &str, text: &str) -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    fs::create_dir_all(dir.path().join(folder)).unwrap();
    let path = dir.path().join(folder).join(name);
    fs::write(&path, text).unwrap();
    (dir, path)
}

fn read_macro(text: &str, publication: Publication) -> Result<MacroValues, DataError> {
    let (dir, _) = put("macro", "s.csv", text);
    let files = macro_files(dir.path(), &BTreeMap::from([("s".to_owned(), rule(publication))]));
    assert_eq!(files.len(), 1);
    files.into_iter().next().unwrap()?.read()
}

fn read_news(text: &str) -> Result<NewsPosts, DataError> {
    let (dir, _) = put("news", "n.csv", text);
    news_posts(&news_files(dir.path()).remove(0)?)
}

/// The error's text after the file's path.
fn fault<T: std::fmt::Debug>(result: Result<T, DataError>) -> String {
    let text = result.unwrap_err().to_string();
    text.split_once(".csv: ").unwrap_or_else(|| panic!("{text} names no file")).1.to_owned()
}

#[test]
fn the_value_is_found_and_lagged() {
    let check = |text: &str, column: &str, value: f64| {
        let values = read_macro(text, DAILY).unwrap();
        assert_eq!((values.column.as_str(), values.observations[0].value), (column, value), "{text}");
        assert_eq!(values.observations[0].ts.to_string(), "2020-04-20T00:00:00Z");
        assert_eq!(values.observations[0].known_at.to_string(), "2020-04-22T00:00:00Z");
    };
    check("date,value\n2020-04-20,-36.98\n", "value", -36.98);
    check("Date,Open,Close\n2020-04-20,1,2\n", "Close", 2.0);
    check("date,wti_usd\n2020-04-20,-36.98\n", "wti_usd", -36.98);
    check("timestamp,date,index,kind\n1587340800,2020-04-20,30,Fear\n", "index", 30.0);
    check("date,value,close\r\n2020-04-20,1,2\r\n", "value", 1.0);
}

#[test]
fn holidays_have_no_row() {
    let values = read_macro("date,value\n2020-01-01,\n2020-01-02,.\n2020-01-03,5\n", DAILY).unwrap();
    assert_eq!((values.observations.len(), values.empty), (1, 2));
}

#[test]
fn months() {
    let values = read_macro("Date,Price\n1833-01,18.93\n1970-02,35\n", MONTHLY).unwrap();
    assert_eq!((values.before_1970, values.observations[0].known_at.to_string()), (1, "1970-03-01T00:00:00Z".into()));
    let text = fault(read_macro("Date,Price\n2020-01,18.93\n", DAILY));
    assert!(text.starts_with("line 2, field `Date`: `2020-01` is a month"), "{text}");
    let text = fault(read_macro("date,value\n2020-01-02,18.93\n", MONTHLY));
    assert!(text.contains("is not the first of a month"), "{text}");
}

#[test]
fn faulty_macro_files_are_located() {
    let check = |text: &str, expected: &str| assert_eq!(fault(read_macro(text, DAILY)), expected);
    let date = "is no date: give 2015-01-02, 2015-01 (a month) or unix seconds";
    check("date,value\n2020-01-02,5\nsoon,6\n", &format!("line 3, field `date`: `soon` {date}"));
    check("date,value\n2020-13-02,5\n", &format!("line 2, field `date`: `2020-13-02` {date}"));
    check("date,value\n2020-01-02,high\n", "line 2, field `value`: `high` is not a number");
    check("date,value\n2020-01-02,inf\n", "line 2, field `value`: `inf` is not finite");
    check("date,value\n2020-01-02\n", "line 2, field `value`: the row has 1 fields and lacks this one");
    check("date,value\n2020-01-02,5\n2020-01-02,5\n", "line 3, field `date`: `2020-01-02` stands twice");
    let backwards = "line 3, field `date`: `2020-01-01` comes after a later date: rows must ascend";
    check("date,value\n2020-01-02,5\n2020-01-01,5\n", backwards);
    check("date,value\n", "a header but no rows");
    check("date,value,value\n2020-01-02,5,6\n", "line 1: the header names `value` twice");
    let text = fault(read_macro("date,a,b\n2020-01-02,5,6\n", DAILY));
    assert!(text.contains("not just one other column of numbers (a, b): it reads `date,a,b`"), "{text}");
    let ms = fault(read_macro("date,value\n1587340800000,6\n", DAILY));
    assert!(ms.contains("seconds are wanted, not milliseconds"), "{ms}");
}

#[test]
fn a_file_without_a_rule_is_an_error() {
    let (dir, _) = put("macro", "gdp.csv", "date,value\n2020-01-02,5\n");
    let files = macro_files(dir.path(), &BTreeMap::new());
    let text = fault(files.into_iter().next().unwrap());
    assert!(text.contains("file = \"gdp\"") && text.contains("known_after"), "{text}");
    assert!(macro_files(&dir.path().join("none"), &BTreeMap::new()).is_empty());
}

#[test]
fn a_stamp_that_may_be_cut_off_is_known_at_its_end() {
    let check = |stamp: &str, known_at: &str, date_only| {
        let news = read_news(&format!("date,text\n{stamp},a\n")).unwrap();
        let post = &news.posts[0];
        assert_eq!((post.known_at.to_string().as_str(), news.date_only), (known_at, date_only), "{stamp}");
        assert!(post.source == "file:n" && post.known_at >= post.published);
    };
    check("2021-11-05 00:00:00", "2021-11-06T00:00:00Z", 1);
    check("2021-11-05", "2021-11-06T00:00:00Z", 1);
    check("2021-11-05 19:00:00", "2021-11-05T20:00:00Z", 0);
    check("2021-11-05 04:42:00", "2021-11-05T04:43:00Z", 0);
    check("2021-11-05 04:42:07", "2021-11-05T04:42:07Z", 0);
}

#[test]
fn headlines_and_descriptions() {
    let text = "timestamp,headline,description\n1636087320,\"Up,\nagain\",Why\n2021-11-05T05:42:00+01:00,Down,\n";
    let news = read_news(text).unwrap();
    assert_eq!((news.posts[0].text.as_str(), news.posts[1].text.as_str()), ("Up, again\nWhy", "Down"));
    assert_eq!(news.posts[0].published, news.posts[1].published);
    let twice = read_news("date,text\n2021-11-05 04:42:00,a\n2021-11-05 04:42:00,a\n2021-11-05 04:43:00,a\n").unwrap();
    assert_eq!((twice.posts.len(), twice.repeated), (2, 1));
}

#[test]
fn faulty_news_files_are_located() {
    let check = |text: &str, expected: &str| {
        let text = fault(read_news(text));
        assert!(text.starts_with(expected), "{text}");
    };
    check("when,text\n2021,a\n", "line 1: the header lacks `timestamp` or `date`: it reads `when,text`");
    check("date,words\n2021,a\n", "line 1: the header lacks `text` or `headline`");
    check("date,text\n2021-11-05 04:42:00,\"a\n\nb\"\nyesterday,c\n", "line 5, field `date`: `yesterday` is no date");
    check("date,text\n2021-11-05 04:42:00, \n", "line 2, field `text`: it is empty");
    check("date,text\n2021-11-05 04:42:00\n", "line 2, field `text`: the row has 1 fields");
}

#[test]
fn the_real_files() {
    let Some(dir) = data("") else { return };
    let rules = crate::config::sources::Sources::load(None, &crate::config::Environment::default()).unwrap();
    let rules = rules.macros.by_file();
    let files: Vec<_> = macro_files(&dir, &rules).into_iter().map(Result::unwrap).collect();
    let mut found = BTreeMap::new();
    for file in &files {
        let values = file.read().unwrap();
        for one in &values.observations {
            assert!(one.known_at > one.ts, "{}: {one:?}", file.path.display());
        }
        found.insert(file.rule.name.clone(), values);
    }
    assert_eq!(files.len(), 14);
    let oil = &found["fred:DCOILWTICO"];
    let negative: Vec<_> = oil.observations.iter().filter(|one| one.value < 0.0).collect();
    assert_eq!((negative.len(), negative[0].value), (1, -36.98));
    assert_eq!(negative[0].known_at.to_string(), "2020-04-30T00:00:00Z");
    assert_eq!((oil.observations.len() + oil.empty, found["fred:DGS10"].empty), (2_609, 108));
    assert_eq!(found["file:gold_monthly"].before_1970, 137 * 12);
    assert_eq!(found["alternative_me:fear_greed"].column, "fear_greed_index");
    assert_eq!(found["file:vix_daily_cboe"].column, "close");
    assert_eq!(found["file:wti_daily_eia"].column, "wti_usd");

    let news: Vec<NewsPosts> = news_files(&dir).into_iter().map(|path| news_posts(&path.unwrap()).unwrap()).collect();
    let counts: Vec<_> = news.iter().map(|news| (news.posts.len() + news.repeated, news.date_only)).collect();
    assert_eq!(counts, [(9_961, 88), (100, 0), (1_000, 0)]);
}
