//! How long a health check may take to say yes or no.

use std::time::Duration;

use crate::import::yaml::Node;

/// What the template of the profile allows.
const USUAL: u64 = 120;

/// The seconds that pass at most until the engine itself gives up, where that is longer than usual
/// (<https://github.com/compose-spec/compose-spec/blob/main/05-services.md#healthcheck>).
pub fn limit(check: &Node) -> Option<u64> {
    let time =
        |key: &str, default: f64| check.get(key).and_then(|node| seconds(node.text()?)).unwrap_or(default);
    let retries = check.get("retries").and_then(|node| node.text()?.parse().ok()).unwrap_or(3.0_f64);
    let longest = time("start_period", 0.0) + (time("interval", 30.0) + time("timeout", 30.0)) * retries;
    let disabled = check.get("disable").and_then(|node| node.text()) == Some("true");
    let longest = Duration::try_from_secs_f64(longest).ok()?;
    let limit = longest.as_secs() + u64::from(longest.subsec_nanos() > 0);
    (limit > USUAL && !disabled).then_some(limit)
}

/// A duration of compose: `1h5m30s20ms`.
fn seconds(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let unit = rest[number..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| number + at);
        let factor = match &rest[number..unit] {
            "us" => 0.000_001,
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total += rest[..number].parse::<f64>().ok()? * factor;
        rest = &rest[unit..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::{limit, seconds};
    use crate::import::yaml;

    #[test]
    fn durations_are_read_as_compose_reads_them() {
        assert_eq!(seconds("1m30s"), Some(90.0));
        assert_eq!(seconds("1.5s"), Some(1.5));
        assert_eq!(seconds("30"), None);
        assert_eq!(seconds("ten"), None);
    }

    #[test]
    fn only_what_takes_longer_than_usual_is_said() {
        let of = |text: &str| limit(&yaml::parse(text, 0).expect("YAML"));
        assert_eq!(of("{ interval: 1s, timeout: 5s, retries: 20 }"), None);
        assert_eq!(of("{ interval: 10s, timeout: 5s, retries: 20, start_period: 1m }"), Some(360));
        assert_eq!(of("{ test: x }"), Some(180));
        assert_eq!(of("{ disable: true }"), None);
    }
}
