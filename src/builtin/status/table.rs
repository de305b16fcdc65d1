//! The table of a status.

use super::Context;
use super::row::Row;
use crate::text;

/// One line for each service; the profile is told where there are several, an engine's name where there is no pid.
pub fn table(rows: &[Row], context: &Context<'_>) -> String {
    let several = rows.iter().any(|row| row.profile != rows[0].profile);
    let named = rows.iter().any(|row| row.id.is_some());
    let id = if named { "ID" } else { "PID" };
    let mut lines =
        vec![line(["SERVICE", "STATE", "PORT", id, "UPTIME", "RESTARTS", "INFO"].map(str::to_owned))];
    lines.extend(rows.iter().map(cells));
    if several {
        let profiles = std::iter::once("PROFILE").chain(rows.iter().map(|row| row.profile.as_str()));
        lines.iter_mut().zip(profiles).for_each(|(line, profile)| line.insert(0, profile.to_owned()));
    }
    let aligned = text::align(&lines, "");
    let mut painted = aligned.lines().next().map(|header| format!("{header}\n")).unwrap_or_default();
    painted.extend(aligned.lines().skip(1).zip(rows).map(|(line, row)| paint(line, row, context) + "\n"));
    painted
}

fn line(cells: [String; 7]) -> Vec<String> {
    cells.into()
}

/// How much of an engine's own name tells it apart.
const SHORT: usize = 12;

fn cells(row: &Row) -> Vec<String> {
    let dash = || "-".to_owned();
    let uptime = row.uptime_ms.and_then(|ms| u64::try_from(ms).ok()).map(std::time::Duration::from_millis);
    let exit = row.last_exit.clone().filter(|_| matches!(row.state.as_str(), "failed" | "exited"));
    let info: Vec<String> = row.health.iter().chain(&exit).chain(&row.notes).cloned().collect();
    let id = row.id.as_ref().map(|id| id.chars().take(SHORT).collect());
    line([
        row.service.clone(),
        row.state.clone(),
        row.port.map_or_else(dash, |port| port.to_string()),
        id.or_else(|| row.pid.map(|pid| pid.to_string())).unwrap_or_else(dash),
        uptime.map_or_else(dash, text::duration),
        row.restarts.to_string(),
        info.join("; "),
    ])
}

/// The state's colour: green for ready, red for failed, yellow between.
fn paint(line: &str, row: &Row, context: &Context<'_>) -> String {
    if !context.color {
        return line.to_owned();
    }
    let color = match row.state.as_str() {
        "ready" | "reachable" => "32",
        "failed" | "leaderless" | "unhealthy" | "exited" => "31",
        "stopped" | "unreachable" | "missing" => "2",
        _ => "33",
    };
    let state = format!(" {}", row.state);
    line.replacen(&state, &format!(" \x1b[{color}m{}\x1b[0m", row.state), 1)
}
