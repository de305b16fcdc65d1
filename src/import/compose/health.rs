//! How long a health check may take to say yes or no.

use std::time::Duration;

use crate::import::yaml::Node;
use crate::text::parse_duration;

/// What the template of the profile allows.
const USUAL: u64 = 120;

/// The seconds that pass at most until the engine itself gives up, where that is longer than usual
/// (<https://github.com/compose-spec/compose-spec/blob/main/05-services.md#healthcheck>).
pub fn limit(check: &Node) -> Option<u64> {
    let time = |key: &str, default: u64| {
        let written = check.get(key).and_then(|node| parse_duration(node.text()?));
        written.unwrap_or(Duration::from_secs(default))
    };
    let retries = check.get("retries").and_then(|node| node.text()?.parse().ok()).unwrap_or(3);
    let attempts = (time("interval", 30).checked_add(time("timeout", 30))?).checked_mul(retries)?;
    let longest = time("start_period", 0).checked_add(attempts)?;
    let disabled = check.get("disable").and_then(|node| node.text()) == Some("true");
    let limit = longest.as_secs() + u64::from(longest.subsec_nanos() > 0);
    (limit > USUAL && !disabled).then_some(limit)
}

#[cfg(test)]
mod tests {
    use super::limit;
    use crate::import::yaml;

    #[test]
    fn only_what_takes_longer_than_usual_is_said() {
        let of = |text: &str| limit(&yaml::parse(text, 0).expect("YAML"));
        assert_eq!(of("{ interval: 1s, timeout: 5s, retries: 20 }"), None);
        assert_eq!(of("{ interval: 10s, timeout: 5s, retries: 20, start_period: 1m }"), Some(360));
        assert_eq!(of("{ interval: 1m30s, timeout: 1.5s, retries: 2 }"), Some(183));
        assert_eq!(of("{ test: x }"), Some(180));
        assert_eq!(of("{ disable: true }"), None);
    }
}
