//! How long a statement took (`PrintTiming`).

use std::time::Duration;

/// `Time: 12.345 ms`, from a second on with minutes, hours and days (`PrintTiming`).
pub(super) fn timing(elapsed: Duration) -> String {
    let milliseconds = elapsed.as_secs_f64() * 1000.0;
    let (total, part) = (elapsed.as_secs(), elapsed.as_secs_f64());
    let seconds = part % 60.0;
    let (minutes, hours, days) = (total / 60 % 60, total / 3600 % 24, total / 86400);
    match total {
        0 => format!("Time: {milliseconds:.3} ms\n"),
        1..3600 => format!("Time: {milliseconds:.3} ms ({minutes:02}:{seconds:06.3})\n"),
        3600..86400 => format!("Time: {milliseconds:.3} ms ({hours:02}:{minutes:02}:{seconds:06.3})\n"),
        _ => format!("Time: {milliseconds:.3} ms ({days} d {hours:02}:{minutes:02}:{seconds:06.3})\n"),
    }
}
