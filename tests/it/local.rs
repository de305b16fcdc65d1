//! Services as processes of this machine: started, watched, told apart from strangers, stopped to the last process.

mod lifecycle;
mod logs;
mod older;
mod ports;
mod printed;
mod probes;
mod status;
mod stray;
mod why;

use crate::project::Project;

/// A manifest with the usual commands, services as declared, and their places in the only profile.
fn manifest(declared: &str, placed: &str) -> String {
    format!(
        r#"
{declared}
command start "Start" {{ targets default="*"; flag --no-wait "Do not wait"; each start order=needs {{ wait unless=no-wait }} }}
command stop "Stop" {{ targets default="*"; each stop order=reverse }}
command restart "Both" {{ targets default="*"; do stop "{{targets}}"; do start "{{targets}}" }}
command status "State" {{ builtin status }}; command why "Cause" {{ builtin why }}
command logs "Logs" {{
    targets default="*"
    flag -f --follow "Go on"
    flag -t --timestamps "When"
    option -n --tail "Last lines" value=N
    option --grep "With a text" value=TEXT
    option --run "One run" value=N
    option --since "Newer" value=TIME
    each logs order=together
}}
profile local "Here" {{
    recipe start {{ spawn }}
    recipe stop {{ terminate grace="1s" }}
    recipe logs {{ tail "{{follow}}" "{{timestamps}}" "{{tail}}" "{{grep}}" "{{run}}" "{{since}}" }}
{placed}
}}
"#
    )
}

/// One service `web` with a TCP probe, and flags for the stand-in.
fn web(flags: &str) -> Project {
    let placed = format!(
        "service web {{ port 4000 env=WEB; exec standin fixture --name web --listen \"{{port}}\" {flags} }}"
    );
    Project::new()
        .manifest(&manifest("service web \"A web server\" { ready tcp timeout=\"5s\" }", &placed))
        .port("WEB")
}
