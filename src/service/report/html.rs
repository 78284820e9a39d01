//! The report as one HTML file: styles and plots within it, no scripts, no network.

use super::{
    RunReport, Trade,
    format::{minute, money, number, or_none, percent, price, reason, signed, signed_percent},
    plot, signals,
};
use crate::service::page::{escape, page, row, table};

/// Trades shown; earlier ones are counted only.
const TRADES: usize = 500;
const CURVES: &str = "<span class=\"strategy\">strategy</span><span class=\"hold\">buy and hold</span>";
const MARKS: &str =
    "<span class=\"price\">hourly close</span><span class=\"buy\">buy</span><span class=\"sell\">sell</span>";

/// The page. Every text of the report is escaped.
pub fn html(report: &RunReport) -> String {
    let title = escape(&report.title);
    let banner = escape(&report.banner);
    let simulated = report.source.is_simulated();
    let warning = if simulated {
        format!("<p class=\"simulated\" role=\"note\"><strong>{banner}</strong>: no price on this page is real.</p>\n")
    } else {
        String::new()
    };
    let (from, to, hours) = (minute(report.from), minute(report.to), number(report.hours as f64, 0));
    let capital = money(report.summary.capital, report.quote.decimals);
    let symbol = escape(&report.quote.symbol);
    let origin = if simulated { String::new() } else { format!("{banner}<br>") };
    let mut body = format!(
        "{warning}<h1>{title}</h1>\n<p class=\"lead\">{origin}{from} to {to} UTC, {hours} hours, \
         capital {capital} {symbol}</p>\n"
    );
    body += &cards(report);
    body += &figure("Equity", &format!("Value in {symbol} at each hour's close"), CURVES, plot::equity(report));
    body += &figure("Drawdown", "Fall from the highest value so far", CURVES, plot::drawdown(report));
    for series in &report.prices {
        let name = escape(series.asset.as_str());
        let about = format!("{name} in {symbol}, fills at their own price");
        body += &figure(&format!("{name} and its trades"), &about, MARKS, plot::price(report, series));
    }
    body += &format!("<div class=\"pair\">{}{}</div>\n", summary(report), costs(report));
    body += &forecast(report);
    body += &trades(report);
    body += &decisions(report);
    body += &bullets("Training", &report.training);
    body += &bullets("Notes", &report.notes);
    body += &footer(report);
    let heading = if simulated { format!("{} ({})", report.title, report.banner) } else { report.title.clone() };
    page(&heading, "", &body)
}

fn tone(value: Option<f64>) -> &'static str {
    match value {
        // What is shown as zero has no tone.
        Some(value) if value >= 0.00005 => "up",
        Some(value) if value <= -0.00005 => "down",
        _ => "",
    }
}

fn cards(report: &RunReport) -> String {
    let s = &report.summary;
    let ratio = |value: Option<f64>| or_none(value, |value| number(value, 2));
    let card = |name: &str, tone: &str, value: String, beside: String| {
        format!(
            "<div class=\"card\"><div class=\"name\">{name}</div><div class=\"value {tone}\">{value}</div>\
             <div class=\"beside\">{beside}</div></div>\n"
        )
    };
    let held = or_none(s.hold_return, signed_percent);
    let fell = percent(s.hold_max_drawdown);
    let costs = or_none(report.costs.of_capital, percent);
    [
        "<div class=\"cards\">\n".to_owned(),
        card("Return", tone(s.total_return), or_none(s.total_return, signed_percent), format!("buy and hold {held}")),
        card("Max drawdown", "", percent(s.max_drawdown), format!("buy and hold {fell}")),
        card("Sharpe ratio", "", ratio(s.sharpe), format!("buy and hold {}", ratio(s.hold_sharpe))),
        card("Trades closed", "", s.closed_trades.to_string(), format!("win rate {}", or_none(s.win_rate, percent))),
        card("Costs", "", money(report.costs.total, report.quote.decimals), format!("{costs} of the capital")),
        "</div>\n".to_owned(),
    ]
    .concat()
}

fn figure(name: &str, about: &str, legend: &str, svg: Option<String>) -> String {
    let Some(svg) = svg else { return String::new() };
    format!(
        "<section><h2>{name}</h2><div class=\"legend\">{legend}<em>{about}</em></div>\
         <div class=\"scroll\">{svg}</div></section>\n"
    )
}

fn summary(report: &RunReport) -> String {
    let (s, decimals) = (&report.summary, report.quote.decimals);
    let ratio = |value: Option<f64>| or_none(value, |value| number(value, 2));
    let value = format!("final value, {}", report.quote.symbol);
    let rows = [
        (value.as_str(), money(s.final_equity, decimals), money(s.final_hold, decimals)),
        ("profit", signed(s.profit.to_f64(decimals), 2), signed(s.hold_profit.to_f64(decimals), 2)),
        ("return", or_none(s.total_return, signed_percent), or_none(s.hold_return, signed_percent)),
        ("max drawdown", percent(s.max_drawdown), percent(s.hold_max_drawdown)),
        ("Sharpe ratio, annual", ratio(s.sharpe), ratio(s.hold_sharpe)),
        ("time in the market", or_none(s.exposure, percent), String::new()),
        ("trades closed", s.closed_trades.to_string(), String::new()),
        ("trades open", s.open_trades.to_string(), String::new()),
        ("win rate", or_none(s.win_rate, percent), String::new()),
        ("profit factor", ratio(s.profit_factor), String::new()),
    ];
    let rows = rows.map(|(name, strategy, hold)| row(&[name, &strategy, &hold], 1, "")).concat();
    format!("<section><h2>Summary</h2>{}</section>", table(&["", "strategy", "buy and hold"], 1, &rows))
}

fn costs(report: &RunReport) -> String {
    let (costs, decimals) = (&report.costs, report.quote.decimals);
    let mut rows = String::new();
    let mut push = |name: &str, value: String, class: &str| rows += &row(&[name, &value], 1, class);
    push("pool fees", money(costs.pool_fee, decimals), "");
    push("price impact", money(costs.price_impact, decimals), "");
    push("gas", money(costs.gas, decimals), "");
    if costs.failed_orders > 0 {
        push(&format!("gas of failed orders ({})", costs.failed_orders), money(costs.failed_gas, decimals), "");
    }
    push("total", money(costs.total, decimals), "total");
    push("of the capital", or_none(costs.of_capital, percent), "");
    format!("<section><h2>Costs</h2>{}</section>", table(&["", &report.quote.symbol], 1, &rows))
}

fn forecast(report: &RunReport) -> String {
    let Some(q) = &report.forecast else { return String::new() };
    let samples = format!("{} forecasts", q.samples);
    let rows = [
        row(&["accuracy", &percent(q.accuracy), &percent(q.base_rate_accuracy)], 1, ""),
        row(&["log loss, nats", &number(q.log_loss, 4), &number(q.base_rate_log_loss, 4)], 1, ""),
    ];
    let table = table(&[&samples, "model", "base rate"], 1, &rows.concat());
    format!("<section><h2>Forecasts on the trading range</h2>{table}</section>\n")
}

fn trades(report: &RunReport) -> String {
    if report.trades.is_empty() {
        return "<section><h2>Trades</h2><p>No trade was made.</p></section>\n".to_owned();
    }
    let decimals = report.quote.decimals;
    let line = |trade: &Trade| {
        let cells = [
            trade.asset.to_string(),
            minute(trade.entry_ts),
            trade.exit_ts.map_or_else(|| "open".to_owned(), minute),
            or_none(trade.reason, |why| reason(why).to_owned()),
            money(trade.paid, decimals),
            price(trade.entry_price),
            or_none(trade.exit_price, price),
            money(trade.gas, decimals),
            or_none(trade.profit, |profit| signed(profit.to_f64(decimals), 2)),
        ];
        let outcome = or_none(trade.profit_fraction, signed_percent);
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let row = row(&cells, 4, "");
        let last = format!("<td class=\"{}\">{}</td></tr>", tone(trade.profit_fraction), escape(&outcome));
        row.replace("</tr>", &last)
    };
    let hidden = report.trades.len().saturating_sub(TRADES);
    let rows: String = report.trades.iter().skip(hidden).map(line).collect();
    let header = ["asset", "entry", "exit", "why left", "paid", "entry price", "exit price", "gas", "profit", "return"];
    let note = if hidden > 0 {
        format!("<p class=\"muted\">{hidden} earlier trades are not shown here; the JSON has all.</p>")
    } else {
        String::new()
    };
    let symbol = escape(&report.quote.symbol);
    let table = table(&header, 4, &rows);
    format!("<section><h2>Trades, in {symbol} after costs</h2><div class=\"scroll\">{table}</div>{note}</section>\n")
}

fn decisions(report: &RunReport) -> String {
    let section = |section: signals::Section| {
        let line = |cells: &Vec<String>| row(&cells.iter().map(String::as_str).collect::<Vec<_>>(), section.texts, "");
        let rows: String = section.rows.iter().map(line).collect();
        let (title, table) = (escape(&section.title), table(&section.header, section.texts, &rows));
        format!("<section><h2>{title}</h2><div class=\"scroll\">{table}</div></section>\n")
    };
    signals::sections(&report.signals).into_iter().map(section).collect()
}

fn bullets(name: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let items: String = lines.iter().map(|line| format!("<li>{}</li>", escape(line))).collect();
    format!("<section><h2>{name}</h2><ul>{items}</ul></section>\n")
}

fn footer(report: &RunReport) -> String {
    let stages = report.timing.iter().map(|timing| format!("{} {} s", timing.stage, number(timing.seconds, 2)));
    let stages = stages.collect::<Vec<_>>().join(", ");
    let time = if stages.is_empty() { String::new() } else { format!(" Time: {}.", escape(&stages)) };
    format!("<footer>Times are UTC. Sharpe ratios are of hourly returns, scaled by the root of 8,760.{time}</footer>\n")
}
