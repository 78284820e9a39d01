//! VADER against the reference implementation: made-up sentences with what `generate.py` wrote
//! of them, and the real texts rated by people, where they are at hand.

#[path = "../support/data.rs"]
mod data;

use std::{fs, time::Instant};

use data::data;
use serde::Deserialize;
use shoal::sentiment::{Scorer, Vader, vader::Polarity};

#[derive(Deserialize)]
struct Row {
    text: String,
    compound: f64,
    neg: f64,
    neu: f64,
    pos: f64,
}

/// The texts of a file on which ours differs from the reference.
fn differences(file: &str) -> (usize, Vec<String>) {
    let rows: Vec<Row> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let differs = |Row { text, compound, neg, neu, pos }: &Row| {
        let reference = Polarity { compound: *compound, neg: *neg, neu: *neu, pos: *pos };
        let ours = Vader.polarity(text);
        (ours != reference).then(|| format!("{text:?}: {ours:?}, reference {reference:?}"))
    };
    (rows.len(), rows.iter().filter_map(differs).collect())
}

#[test]
fn every_figure_equals_the_references() {
    let (count, differences) = differences(include_str!("golden.jsonl"));
    assert!(count > 500);
    assert!(differences.is_empty(), "{} of {count}:\n{}", differences.len(), differences.join("\n"));
}

/// Another file that `generate.py` wrote: see there.
#[test]
#[allow(clippy::disallowed_methods, reason = "the environment says where a test's data lies")]
fn so_does_every_figure_of_a_file_of_your_own() {
    let Ok(path) = std::env::var("SHOAL_TEST_VADER") else {
        eprintln!("skipped: SHOAL_TEST_VADER names no file of generate.py");
        return;
    };
    let (count, differences) = differences(&fs::read_to_string(path).unwrap());
    println!("{count} texts, {} differences", differences.len());
    assert!(differences.is_empty(), "{} of {count}:\n{}", differences.len(), differences[..1].join("\n"));
}

/// The reference's correlations with the mean of the people's ratings are these too, since
/// every score is: 0.8722 for tweets and 0.4274 for snippets of film reviews.
#[test]
fn it_agrees_with_people() {
    let floors = [("vader_tweets_GroundTruth.txt", 0.872), ("vader_movieReviewSnippets_GroundTruth.txt", 0.427)];
    for (name, floor) in floors {
        let Some(path) = data(&format!("sentiment/{name}")) else { continue };
        let file = fs::read_to_string(path).unwrap();
        let rows = file.lines().map(|line| {
            let [_, rating, text] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else {
                panic!("three columns: {line}")
            };
            (rating.parse::<f64>().unwrap(), text)
        });
        let rows: Vec<_> = rows.collect();
        #[allow(clippy::disallowed_methods, reason = "a measurement")]
        let start = Instant::now();
        let scores: Vec<_> = rows.iter().map(|(_, text)| Vader.score(text).unwrap()).collect();
        let took = start.elapsed();
        let pairs = |least: f64| {
            let pairs = rows.iter().zip(&scores).filter(move |(_, score)| score.confidence >= least);
            pairs.map(|((rating, _), score)| (*rating, score.value)).collect::<Vec<_>>()
        };
        let (all, confident) = (pairs(0.0), pairs(0.6));
        println!("{name}: {:.0} texts/s", rows.len() as f64 / took.as_secs_f64());
        for (label, pairs) in [("all", &all), ("confidence 0.6 and above", &confident)] {
            let (correlation, right) = (correlation(pairs), share_of_right_signs(pairs));
            println!("  {label}: {} texts, correlation {correlation:.4}, right sign {right:.4}", pairs.len());
        }
        assert!(correlation(&all) > floor, "{name}");
        assert!(share_of_right_signs(&confident) > share_of_right_signs(&all), "{name}: the confidence says nothing");
    }
}

fn share_of_right_signs(pairs: &[(f64, f64)]) -> f64 {
    pairs.iter().filter(|(rating, value)| rating * value > 0.0).count() as f64 / pairs.len() as f64
}

/// Pearson's.
fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let covariance: f64 = pairs.iter().map(|pair| (pair.0 - x) * (pair.1 - y)).sum();
    let spread =
        |of: fn(&(f64, f64)) -> f64, mean: f64| pairs.iter().map(|pair| (of(pair) - mean).powi(2)).sum::<f64>();
    covariance / (spread(|pair| pair.0, x) * spread(|pair| pair.1, y)).sqrt()
}
