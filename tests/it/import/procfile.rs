//! Procfiles: a process is a service of this machine, with the port that foreman gives it.

use serde_json::json;

use super::{fates, imported, services, with_programs};
use crate::project::Project;

const PROCFILE: &str = "\
# what runs
web: bundle exec puma -p $PORT -b \"tcp://0.0.0.0:${PORT}\"
worker:   RAILS_ENV=production bundle exec sidekiq -q 'a b'  -q {x

css: yarn build --watch | cat
release: bundle exec rake db:migrate --port $PORT
home: node $HOME/app.js
just a note
2nd: node app.js
";

#[test]
fn every_line_becomes_a_service_or_is_listed() {
    let sandbox = with_programs(&["bundle", "yarn", "node"]);
    sandbox.write("Procfile", PROCFILE.replace(" -q {x", ""));
    let document = imported(&sandbox, &["procfile"]);
    assert_eq!(
        fates(&document),
        [
            "2 web translated: service web",
            "2 web: command translated: exec",
            "3 worker translated: service worker",
            "3 worker: command translated: exec",
            "5 css translated: service css",
            "5 css: command to be checked: `|` needs a shell: written as exec sh \"-c\" \"…\"",
            "6 release translated: job release",
            "6 release: command translated: run",
            "7 home translated: service home",
            "7 home: command to be checked: `$HOME` needs a shell: written as exec sh \"-c\" \"…\"",
            "8 just a note not translated: this is no `name: command` line",
            "9 2nd translated: service process-2nd",
            "9 2nd: command translated: exec",
        ]
    );
    let names = ["web", "worker", "css", "release", "home", "process-2nd"];
    assert_eq!(services(&sandbox), names.map(str::to_owned).into());
    let text = |name: &str| std::fs::read_to_string(sandbox.path().join(name)).expect("a file");
    let manifest = text("gladys.kdl");
    let (own, _) = manifest.split_once("\ncommand start").expect("commands");
    let folder = sandbox.path().file_name().expect("a name").to_string_lossy().into_owned();
    assert_eq!(
        own.replace(&format!("\"{folder}\""), &folder).replace(&folder, "shop"),
        r#"// Written by `gladys import procfile Procfile`. From here on it is yours.

project shop { dotenv ".env"; include "environments/*.kdl" }

service web "bundle exec puma -p $PORT -b \"tcp://0.0.0.0:${PORT}\"" { needs release; ready tcp }
service worker "RAILS_ENV=production bundle exec sidekiq -q 'a b'" { needs release }
service css "yarn build --watch | cat" { needs release }
service home "node $HOME/app.js" { needs release }
service process-2nd "node app.js" { needs release }

job release "Before all others" { run bundle exec rake "db:migrate" --port "5300" }

group all "Every process" { members "*" }
"#
    );
    assert_eq!(
        text("environments/local.kdl"),
        r#"// Written by `gladys import procfile Procfile`. From here on it is yours.

profile local "Processes on this machine" default=#true {
    recipe start { spawn }
    recipe stop  { terminate grace="5s" }
    recipe logs  { tail "{follow}" "{tail}" "{since}" "{until}" "{grep}" "{run}" "{timestamps}" }

    service web { port 5000; exec bundle exec puma -p "{port}" -b "tcp://0.0.0.0:{port}"; env PORT="{port}" }
    service worker { port 5100; exec bundle exec sidekiq -q "a b"; env RAILS_ENV=production PORT="{port}" }
    service css { port 5200; exec sh -c "yarn build --watch | cat"; env PORT="{port}" }
    service home { port 5400; exec sh -c "node $HOME/app.js"; env PORT="{port}" }
    service process-2nd { port 5500; exec node "app.js"; env PORT="{port}" }
}
"#
    );
}

#[test]
fn words_are_what_a_shell_would_make_of_them() {
    let cases = [
        (r#"x a "b c" 'd e' f\ g"#, json!(["a", "b c", "d e", "f g"])),
        (r#"x "" '' "{a}" '$HOME' "\$HOME \" \a""#, json!(["", "", "{a}", "$HOME", "$HOME \" \\a"])),
        (r"x a=b --c=d 'e'f\'g", json!(["a=b", "--c=d", "ef'g"])),
        ("x $PORT \"a$PORT\" ${PORT}b", json!(["5000", "a5000", "5000b"])),
    ];
    for (command, words) in cases {
        let sandbox = with_programs(&["x"]);
        sandbox.write("Procfile", format!("web: {command}\n"));
        imported(&sandbox, &["procfile"]);
        let plan = sandbox.gladys(&["start", "--dry-run", "--json"]).quietly();
        let plan: serde_json::Value = serde_json::from_str(&plan).expect("a plan");
        assert_eq!(plan["steps"][0]["action"]["program"]["args"], words, "{command}");
    }
    for command in
        ["x > y", "x $(y)", "x `y`", "x *.rs", "cd y && x", "x; y", "~/x", "x $PORTS", "A=1", "x {a,b}"]
    {
        let sandbox = with_programs(&["x"]);
        sandbox.write("Procfile", format!("web: {command}\n"));
        imported(&sandbox, &["procfile"]);
        let plan = sandbox.gladys(&["start", "--dry-run", "--json"]).quietly();
        let plan: serde_json::Value = serde_json::from_str(&plan).expect("a plan");
        assert_eq!(plan["steps"][0]["action"]["program"]["args"], json!(["-c", command]), "{command}");
    }
}

#[test]
fn foreman_begins_to_count_at_the_port_of_the_dotenv_file() {
    let sandbox = with_programs(&["x"]);
    sandbox.write("Procfile", "a: x\nb: x\n").write(".env", "PORT=3000\n");
    imported(&sandbox, &["procfile"]);
    let list = sandbox.gladys(&["list", "--json"]).quietly();
    let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
    assert_eq!(list["services"][1]["ports"]["local"], 3100);
}

#[test]
fn what_was_imported_really_starts() {
    let project = Project::new().port("PORT").file(
        "Procfile",
        "web: standin fixture --name web --listen $PORT\nclock: while true; do echo tick; sleep 1; done\nrelease: echo released > released\n",
    );
    let project = project.file(".env", "");
    project.write(".env", format!("PORT={}\n", project.var("PORT")));
    project.gladys(["import", "procfile"]).anything();
    project.gladys(["start", "-q"]).stdout("").stderr("").code(0);
    assert_eq!(project.read("released"), "released\n");
    let status = project.gladys(["status", "--json"]).code(0).json();
    let states: Vec<_> =
        status["services"].as_array().expect("rows").iter().map(|row| &row["state"]).collect();
    assert_eq!(states, ["ready", "ready"]);
    project.gladys(["stop", "-q"]).stdout("").stderr("").code(0);
    project.assert_nothing_runs();
}
