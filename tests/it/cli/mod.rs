//! The command line: help made from the manifest, where the manifest is found, options of every command, exit codes.

mod closed;
mod completions;
mod find;
mod full;
mod help;
mod list;
mod output;
mod usage;

use crate::project::Project;

/// A manifest with a bit of everything.
const SHOP: &str = r#"
project shop "A small shop" { dotenv ".env" }

service web   "The shop window"   { needs store; alias window; ready tcp }
service store "What is in stock"  { infrastructure; ready tcp timeout="2s" }
service bank  "Who takes the money" { external; ready http "http://localhost:{BANK}/health" timeout="1s" }
job     prices "Today's prices"   { needs store; run "true" }
group   all   "The application"   { members "*" }
group   everything "With what it rests on" { members all store }

command start "Start services" {
    targets default=all
    flag -Q --quick "Do not wait"
    each start order=needs { wait unless=quick }
}
command stop "Stop services" { targets default=everything; each stop order=reverse }
command status "How things are" { builtin status }
command logs "What was said" {
    targets default=all
    flag -f --follow "Go on"
    option -n --tail "Only the last N lines" value=N
    each logs order=together
}
command sell "Sell something" {
    arg what "What to sell" { choice apple "fruit/apple"; choice pear "fruit/pear" }
    arg count "How many" default="1"
    flag --gift "Wrap it"
    rest words "Said to the customer"
    run echo "{what}" "{count}" "{gift}" "{words}"
}
command fail "Exit with a code" { arg code "Which"; run sh -c "exit {code}" }

profile local "Processes on this machine" default=#true {
    let secret env=SHOP_SECRET default="swordfish" secret=#true
    recipe start { spawn }
    recipe stop { terminate grace="5s" }
    recipe logs { tail "{follow}" "{tail}" }
    service store { port 4001 env=STORE; exec standin fixture --name store --listen "{port}" }
    service web {
        port 4000 env=WEB
        exec standin fixture --name web --listen "{port}"
        env STORE_ADDRESS="localhost:{store.port}" SECRET="{secret}"
    }
}
profile remote "Another machine" {
    recipe start batch=#true { run echo up "{service}" }
    recipe stop batch=#true { run echo down "{service}" }
    recipe logs { run echo the log of "{service}" }
    service web { port 80 }
    service store { port 81 }
}
"#;

/// The shop with ports of its own.
fn shop() -> Project {
    Project::new().manifest(SHOP).port("WEB").port("STORE").env("BANK", 1)
}
