//! The simulated market has the shape that its documentation claims, and never changes.

use super::*;

fn both() -> Vec<Asset> {
    vec![Asset::new("ETH"), Asset::new("BTC")]
}

fn run(seed: u64, hours: usize) -> Vec<HourBars> {
    simulate(seed, &both(), Timestamp(1_704_067_200), hours).unwrap()
}

fn closes(bars: &[HourBars], place: usize) -> Vec<f64> {
    bars.iter().map(|hour| hour.bars[place].unwrap().close.to_f64()).collect()
}

fn returns(closes: &[f64]) -> Vec<f64> {
    closes.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product = |a: &[f64], mean_a: f64, b: &[f64], mean_b: f64| {
        a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>()
    };
    product(a, mean_a, b, mean_b) / (product(a, mean_a, a, mean_a) * product(b, mean_b, b, mean_b)).sqrt()
}

/// Area under the ROC curve by ranks (Mann and Whitney); `scores` without ties.
fn auc(scores: &[f64], up: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let ups = up.iter().filter(|up| **up).count() as f64;
    let ranks: f64 = order.iter().enumerate().filter(|(_, at)| up[**at]).map(|(rank, _)| rank as f64 + 1.0).sum();
    (ranks - ups * (ups + 1.0) / 2.0) / (ups * (scores.len() as f64 - ups))
}

#[test]
fn every_bar_is_sound_and_continues_the_last() {
    for seed in 0..5 {
        let bars = run(seed, 3_000);
        for (n, hour) in bars.iter().enumerate() {
            assert_eq!(hour.ts.0, 1_704_067_200 + n as u64 * 3_600);
            for place in 0..2 {
                let bar = hour.bars[place].unwrap();
                assert_eq!(bar.ts, hour.ts);
                assert!(bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close));
                assert!(bar.volume.is_finite() && bar.volume > 0.0);
                assert_eq!(bar.close.raw() % (crate::units::Price::SCALE / 100), 0);
                if n > 0 {
                    assert_eq!(bar.open, bars[n - 1].bars[place].unwrap().close);
                }
            }
        }
    }
}

#[test]
fn it_never_changes() {
    let bars = run(1, 2_000);
    assert_eq!(bars, run(1, 2_000));
    assert_eq!(bars[..700], run(1, 700), "the first hours do not depend on how many are asked for");
    assert_ne!(bars[..700], run(2, 700));
    let eth = simulate(1, &both()[..1], Timestamp(1_704_067_200), 700).unwrap();
    assert!(eth.iter().zip(&bars).all(|(one, two)| one.bars[0] == two.bars[0]));
    let turned = simulate(1, &[Asset::new("BTC"), Asset::new("ETH")], Timestamp(1_704_067_200), 700).unwrap();
    assert!(turned.iter().zip(&bars).all(|(one, two)| one.bars[0] == two.bars[1] && one.bars[1] == two.bars[0]));
}

/// Recorded once: a change of the simulator must be meant.
#[test]
fn the_first_bars_of_seed_one_are_as_recorded() {
    let bars = run(1, 1_000);
    let shown = |hour: usize, place: usize| {
        let bar = bars[hour].bars[place].unwrap();
        format!("{} {} {} {} {}", bar.open, bar.high, bar.low, bar.close, bar.volume)
    };
    let recorded = [
        "2405.79 2406.62 2392.81 2406.39 17127.494",
        "45009.04 45061.09 44825.94 45061.09 1071.389",
        "4655.89 4655.89 4536.22 4554.34 55679.957",
        "73725.59 73838.64 72590.86 72847.2 4354.231",
    ];
    assert_eq!([shown(0, 0), shown(0, 1), shown(999, 0), shown(999, 1)], recorded);
}

#[test]
fn it_looks_like_a_crypto_market() {
    for seed in [1, 2, 3] {
        let bars = run(seed, 17_520);
        let both = [0, 1].map(|place| returns(&closes(&bars, place)));
        for (place, returns) in both.iter().enumerate() {
            let mean_return = mean(returns);
            let moment = |power: i32| mean(&returns.iter().map(|r| (r - mean_return).powi(power)).collect::<Vec<_>>());
            let annual = moment(2).sqrt() * 8_760f64.sqrt();
            let kurtosis = moment(4) / moment(2).powi(2);
            let sizes: Vec<f64> = returns.iter().map(|r| r.abs()).collect();
            let clustering = [1, 24].map(|lag| correlation(&sizes[lag..], &sizes[..sizes.len() - lag]));
            let volumes: Vec<f64> = bars[1..].iter().map(|hour| hour.bars[place].unwrap().volume).collect();
            let with_volume = correlation(&sizes, &volumes);
            let spread: Vec<f64> = bars
                .iter()
                .map(|hour| hour.bars[place].unwrap())
                .map(|bar| (bar.high.to_f64() - bar.low.to_f64()) / bar.open.to_f64())
                .collect();
            let spread = mean(&spread) / mean(&sizes);
            println!(
                "seed {seed} {}: vol {annual:.2} kurtosis {kurtosis:.1} |r| {clustering:.2?} volume {with_volume:.2} range {spread:.2}",
                ["ETH", "BTC"][place]
            );
            assert!((0.4..1.2).contains(&annual), "volatility {annual}");
            assert!((4.0..60.0).contains(&kurtosis), "kurtosis {kurtosis}");
            assert!(clustering[0] > 0.12 && clustering[1] > 0.04, "clustering {clustering:?}");
            assert!(with_volume > 0.3, "volume {with_volume}");
            assert!((1.4..2.6).contains(&spread), "range {spread}");
        }
        let together = correlation(&both[0], &both[1]);
        assert!((0.7..0.92).contains(&together), "correlation {together}");
    }
}

/// The planted signal is as strong as the documentation says, read from the candles alone.
#[test]
fn the_planted_signal_is_weak_and_there() {
    let mut all = Vec::new();
    for seed in 1..=8 {
        let bars = run(seed, 17_520);
        for place in 0..2 {
            let closes = closes(&bars, place);
            let moments: Vec<usize> = (50..closes.len() - 24).collect();
            let score = |at: &usize| {
                let window = &closes[at - 50..=*at];
                let deviation = {
                    let returns = returns(window);
                    let mean_return = mean(&returns);
                    mean(&returns.iter().map(|r| (r - mean_return).powi(2)).collect::<Vec<_>>()).sqrt()
                };
                -(closes[*at] / mean(&window[1..]) - 1.0) / deviation
            };
            let scores: Vec<f64> = moments.iter().map(score).collect();
            let up: Vec<bool> = moments.iter().map(|at| closes[at + 24] > closes[*at]).collect();
            all.push(auc(&scores, &up));
        }
    }
    println!("AUC {all:.3?}, mean {:.3}", mean(&all));
    assert!((0.54..0.57).contains(&mean(&all)), "{}", mean(&all));
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    let unknown = simulate(1, &[Asset::new("DOGE")], Timestamp(0), 1);
    assert_eq!(unknown, Err(SimulatorError::UnknownAsset(Asset::new("DOGE"))));
    assert_eq!(simulate(1, &both(), Timestamp(1), 1), Err(SimulatorError::OffHour(Timestamp(1))));
    assert_eq!(run(1, 0), []);
}
