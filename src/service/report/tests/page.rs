//! The page: nothing in a text can reach out of it, and it is whole.

use super::*;

#[test]
fn html_escapes_every_text_and_needs_nothing_else() {
    let evil = "<script>alert(\"1\")</script>&'";
    let mut run = inputs();
    run.title = evil.to_owned();
    run.source = Source::Real { venue: evil.to_owned(), dir: evil.to_owned() };
    run.quote.symbol = evil.to_owned();
    run.training = vec![evil.to_owned()];
    run.notes = vec![evil.to_owned()];
    run.timing[0].stage = evil.to_owned();
    for unit in &mut run.assets {
        unit.asset = Asset::new(evil);
    }
    for series in &mut run.prices {
        series.asset = Asset::new(evil);
    }
    for fill in &mut run.fills {
        fill.asset = Asset::new(evil);
    }
    let page = html(&report(run));
    assert!(!page.contains("<script") && !page.contains("alert(\""), "{page}");
    assert!(page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;"));
    for outside in ["http:", "https:", "src=", "href=", "@import", "url("] {
        let page = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn the_page_has_its_plots_and_balanced_tags() {
    let page = html(&report(inputs()));
    assert_eq!(page.matches("<svg ").count(), 4);
    for tag in ["svg", "section", "table", "tr", "td", "th", "div", "p", "ul", "li", "main", "html"] {
        let open = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(open, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    assert!(page.contains("#1A7F37") && page.contains("#CF222E"), "marks of both kinds");
}

/// Writes a page of a simulated run where `SHOAL_REPORT_OUT` names a file: to be looked at.
#[test]
fn a_page_to_look_at() {
    #[allow(clippy::disallowed_methods, reason = "a test's switch")]
    let Ok(out) = std::env::var("SHOAL_REPORT_OUT") else { return };
    let assets = [Asset::new("ETH"), Asset::new("BTC")];
    let bars = crate::backtest::simulator::simulate(7, &assets, Timestamp(START), 1_440).unwrap();
    let close = |hour: usize, place: usize| bars[hour].bars[place].unwrap().close.to_f64();
    let mut run = inputs();
    (run.fills, run.equity) = (Vec::new(), Vec::new());
    run.to = Timestamp(START + 1_440 * 3_600);
    let (mut cash, mut eth) = (10_000.0, 0.0);
    for hour in 0..1_440 {
        let price = close(hour, 0);
        if hour % 96 == 30 {
            eth = 3_000.0 / price;
            cash -= 3_006.0;
            run.fills.push(fill(hour as u64 + 1, "ETH", Side::Buy, Reason::Signal, 3_000.0, (eth * 1e18) as u128));
        } else if hour % 96 == 54 {
            cash += eth * price - 6.0;
            run.fills.push(fill(
                hour as u64 + 1,
                "ETH",
                Side::Sell,
                Reason::Horizon,
                eth * price,
                (eth * 1e18) as u128,
            ));
            eth = 0.0;
        }
        let hold = 10_000.0 * (price / close(0, 0) + close(hour, 1) / close(0, 1)) / 2.0;
        let ts = Timestamp(START + (hour as u64 + 1) * 3_600);
        run.equity.push(EquityPoint { ts, equity_quote: usdc(cash + eth * price), hold_quote: usdc(hold) });
    }
    for (place, series) in run.prices.iter_mut().enumerate() {
        let ts = |hour: usize| Timestamp(START + (hour as u64 + 1) * 3_600);
        series.points = (0..1_440).map(|hour| PricePoint { ts: ts(hour), close: close(hour, place) }).collect();
    }
    run.title = "Backtest of ETH and BTC".to_owned();
    std::fs::write(out, html(&report(run))).unwrap();
}
