//! Compose files: names, order, ports and readiness become the manifest's; what a container is made of stays.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{fates, imported, services, with_programs};
use crate::sandbox::{Sandbox, project};

/// One file with everything that a compose file can say about a service.
const RICH: &str = r#"name: shop
x-app: &app
  build: { context: ./app }
  restart: unless-stopped
services:
  web:
    <<: *app
    ports:
      - "127.0.0.1:${WEB_PORT:-8080}:80"
      - "9090:90"
      - "5353:53/udp"
    depends_on:
      api: { condition: service_healthy, restart: true }
      migrate: { condition: service_completed_successfully }
  api:
    extends: web.base
    ports: [{ target: 80, published: "8081", host_ip: 127.0.0.1 }]
    env_file: [.env]
    healthcheck: { test: ["CMD", "true"], interval: 10s, timeout: 5s, retries: 20 }
    deploy: { replicas: 3, resources: { limits: { memory: 512M } } }
    secrets: [token]
    networks: [back]
  web.base:
    image: "registry.example/base:${TAG:-1}"
    command: ["serve", "--all"]
    depends_on: [database]
    profiles: [debug]
  migrate:
    build: ./migrate
    links: ["database:db"]
  database:
    image: postgis/postgis:16-3.4
    environment: ["POSTGRES_USER=shop", "POSTGRES_PASSWORD=hush hush"]
    ports: ["5432:5432"]
  1password:
    image: ${VAULT_IMAGE:-vault}
    ports: ["${VAULT_PORT}:80", "3000-3005:3000-3005", "80"]
    network_mode: "service:api"
include: [other.yml]
networks: { back: {} }
secrets: { token: { file: token.txt } }
"#;

#[test]
fn everything_that_a_file_says_is_translated_kept_or_listed() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write("compose.yaml", RICH);
    let document = imported(&sandbox, &["compose"]);
    let expected = "\
1 name kept
2 x-app kept
6 services.web translated: service web
3 services.web.build kept
4 services.web.restart kept
9 services.web.ports translated: port 8080 env=WEB_PORT
10 services.web.ports not translated: published, but the manifest knows one port of a service
11 services.web.ports not translated: a port of UDP, and the manifest knows TCP
13 services.web.depends_on translated: needs api
13 services.web.depends_on not translated: `restart: true`: `gladys restart api` leaves `web` alone
14 services.web.depends_on translated: needs migrate
15 services.api translated: service api
16 services.api.extends kept
17 services.api.ports translated: port 8081 fixed=#true
18 services.api.env_file kept
19 services.api.healthcheck kept
20 services.api.deploy kept
20 services.api: replicas to be checked: all of them are started; `status`, `logs` and the wait look at the latest one
21 services.api.secrets kept
22 services.api.networks kept
23 services.web.base translated: service web-base, unit web.base
24 services.api.image kept
24 services.web.base.image kept
25 services.api.command kept
25 services.web.base.command kept
26 services.api.depends_on translated: needs database
26 services.web.base.depends_on translated: needs database
27 services.api.profiles translated: infrastructure: left out of `*`, and in a group of its own
27 services.web.base.profiles translated: infrastructure: left out of `*`, and in a group of its own
28 services.migrate translated: service migrate
29 services.migrate.build kept
30 services.migrate.links kept
31 services.database translated: service database-service, unit database
32 services.database.image kept
32 services.database: database translated: database, query, psql
33 services.database.environment kept
34 services.database.ports translated: port 5432 fixed=#true
35 services.1password translated: service service-1password, unit 1password
36 services.1password.image kept
37 services.1password.ports not translated: `VAULT_PORT` has no default: add `port N env=VAULT_PORT` to the profile
37 services.1password.ports not translated: `3000-3005` is a range of ports
37 services.1password.ports not translated: published at a port that the engine chooses
38 services.1password.network_mode kept
39 include not translated: services of other files are not looked at: name those files too, behind this one
40 networks kept
41 secrets kept";
    let mut found = fates(&document);
    let mut expected: Vec<String> = expected.lines().map(str::to_owned).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let names = ["web", "api", "web-base", "migrate", "database-service", "service-1password"];
    assert_eq!(services(&sandbox), names.map(str::to_owned).into());
}

#[test]
fn the_manifest_is_one_that_a_person_could_have_written() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write("compose.yaml", RICH);
    imported(&sandbox, &["compose"]);
    let text = |name: &str| std::fs::read_to_string(sandbox.path().join(name)).expect("a file");
    let manifest = text("gladys.kdl");
    let (own, commands) = manifest.split_once("\ncommand start").expect("commands");
    assert_eq!(
        own,
        r#"// Written by `gladys import compose compose.yaml`. From here on it is yours.

project shop { dotenv ".env"; include "environments/*.kdl" }

service web "Built from ./app" { needs api migrate }
service api "registry.example/base:${TAG:-1}" { needs database-service; infrastructure }
service web-base "registry.example/base:${TAG:-1}" { needs database-service; infrastructure }
service database-service "postgis/postgis:16-3.4"
service service-1password "vault" { needs api }

job migrate "Built from ./migrate" { needs database-service; run "{compose}" run --rm -T --no-deps migrate }

group all "Every service" { members "*" }
group debug "The profile debug of the compose file" { members api web-base }

database {
    url "postgres://shop@localhost:{database-service.port}/shop"
    password "hush hush"
    service database-service
}

command query "Run SQL and print the result" { builtin query }
command psql "Open a database shell, or run commands in it" { builtin psql }
"#
    );
    assert!(commands.contains("\ncommand stop ") && commands.contains("\ncommand logs "));
    let profile = text("environments/docker.kdl");
    let (_, own) = profile.split_once("    }\n\n    let folder").expect("what is added to the template");
    assert_eq!(
        own,
        r#" "{root}"
    env COMPOSE_FILE="{root}/compose.yaml"
    env WEB_PORT="{web.port}"
    service web { port 8080 env=WEB_PORT }
    service api { port 8081 fixed=#true; ready status timeout="300s" }
    service web-base { unit "web.base" }
    service database-service { port 5432 fixed=#true; unit database }
    service service-1password { unit "1password" }
}
"#
    );
}

#[test]
fn a_profile_without_a_name_is_listed_and_makes_no_group() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write("compose.yaml", "services:\n  a: { image: nginx, profiles: [\"\", debug] }\n");
    let document = imported(&sandbox, &["compose"]);
    let why = "one of them has no name, so no group stands for it; give it one";
    let of_profiles: Vec<_> = fates(&document).into_iter().filter(|fate| fate.contains("profiles")).collect();
    assert_eq!(
        of_profiles,
        [
            format!("2 services.a.profiles not translated: {why}"),
            "2 services.a.profiles translated: infrastructure: left out of `*`, and in a group of its own"
                .into(),
        ]
    );
    let manifest = std::fs::read_to_string(sandbox.path().join("gladys.kdl")).expect("a manifest");
    let groups: Vec<_> = manifest.lines().filter(|line| line.starts_with("group ")).collect();
    assert_eq!(
        groups,
        [
            r#"group all "Every service" { members "*" }"#,
            r#"group debug "The profile debug of the compose file" { members a }"#
        ]
    );
}

#[test]
fn a_password_of_the_file_is_written_and_never_shown() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write("compose.yaml", RICH);
    for words in
        [vec!["compose", "--dry-run"], vec!["compose", "--json"], vec!["compose", "--verbose", "--force"]]
    {
        let ended = sandbox.gladys(&[vec!["import"], words].concat());
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        assert!(!format!("{ended:?}").contains("hush"), "{ended:#?}");
    }
}

#[test]
fn of_a_password_only_its_text_is_hidden() {
    let sandbox = with_programs(&["docker"]);
    let database = |name: &str, port: u16, password: &str| {
        format!(
            "  {name}: {{ image: postgres, ports: ['{port}:5432'], environment: {{ POSTGRES_PASSWORD: '{password}' }} }}\n"
        )
    };
    let all = [
        database("a", 1, "${PASSWORD:-hush}"),
        database("b", 2, "${PASSWORD:-hushhush}"),
        database("c", 3, "${PASSWORD:-}"),
        database("d", 4, "hush"),
    ];
    sandbox.write("compose.yml", format!("services:\n{}", all.concat()));
    let passwords = |text: &str| -> Vec<String> {
        let ends = |text: &str| text.split(['\n', ';']).next().unwrap_or_default().to_owned();
        text.split("password ").skip(1).map(ends).collect()
    };
    let document = imported(&sandbox, &["compose"]);
    let shown = passwords(document["files"][0]["text"].as_str().expect("text"));
    assert_eq!(
        shown,
        [
            "env=PASSWORD default=\"***\"",
            "env=PASSWORD default=\"***\"",
            "env=PASSWORD default=\"\"",
            "\"***\""
        ]
    );
    let written = passwords(&std::fs::read_to_string(sandbox.path().join("gladys.kdl")).expect("a manifest"));
    assert_eq!(
        written,
        [
            "env=PASSWORD default=hush",
            "env=PASSWORD default=hushhush",
            "env=PASSWORD default=\"\"",
            "\"hush\""
        ]
    );
}

#[test]
fn what_is_told_is_short_and_names_the_place() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write("docker-compose.yml", "services:\n  web: { image: nginx, ports: ['80'] }\n");
    assert_eq!(
        sandbox.gladys(&["import", "compose"]).quietly(),
        "1 service written to `gladys.kdl` and `environments/docker.kdl`, for the profile `docker`\n\
         see `gladys list` and `gladys start --dry-run`\n\n\
         stays in the file, which the profile goes on using: image\n\n\
         not translated:\n  docker-compose.yml:2  services.web.ports: published at a port that the engine chooses\n"
    );
}

#[test]
fn what_is_not_started_again_and_needed_by_nobody_is_a_job_and_said_to_be_one() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write(
        "compose.yml",
        "services:
  db: { image: busybox }
  migrate: { image: busybox, restart: 'no', depends_on: [db] }
  seed: { image: busybox, restart: no, profiles: [dev] }
  server: { image: busybox, restart: 'no', ports: ['8080:80'] }
  base: { image: busybox, restart: 'no' }
  top: { image: busybox, depends_on: [base] }
",
    );
    let document = imported(&sandbox, &["compose"]);
    let restarts: Vec<String> =
        fates(&document).into_iter().filter(|line| line.contains(".restart ")).collect();
    assert_eq!(
        restarts,
        [
            "3 services.migrate.restart to be checked: `no`, and nobody needs it, nor has it a port or a check: \
             taken for a job, which runs to completion",
            "4 services.seed.restart to be checked: `no`, and nobody needs it, nor has it a port or a check: \
             taken for a job, which runs to completion",
            "5 services.server.restart kept",
            "6 services.base.restart to be checked: `no`, but others need it running: a service; \
             one that runs to completion has to be a `job`",
        ]
    );
    let list: Value = serde_json::from_str(&sandbox.gladys(&["list", "--json"]).quietly()).expect("JSON");
    let jobs = list["services"].as_array().expect("services").iter();
    let jobs: Vec<&Value> =
        jobs.filter(|service| service["kind"] == "job").map(|service| &service["name"]).collect();
    assert_eq!(jobs, ["migrate", "seed"]);
    assert_eq!(list["groups"][0]["members"], serde_json::json!(["*", "migrate"]));
    let plan = sandbox.gladys(&["start", "migrate", "--dry-run"]).quietly();
    assert!(plan.contains("run --rm -T --no-deps migrate\n"), "{plan}");
}

#[test]
fn a_service_of_a_compose_profile_is_looked_at_where_it_is_asked_for() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write(
        "compose.yml",
        "services:\n  web: { image: nginx }\n  mail: { image: mailhog/mailhog, profiles: [dev] }\n",
    );
    imported(&sandbox, &["compose"]);
    let looked_at = |words: &[&str]| -> Vec<String> {
        let status = sandbox.gladys(&[&["status", "--json"], words].concat()).with_code(1);
        let status: Value = serde_json::from_str(&status.stdout).expect("JSON");
        let rows = status["services"].as_array().expect("rows").iter();
        rows.map(|row| row["service"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(looked_at(&[]), ["web"]);
    assert_eq!(looked_at(&["dev"]), ["mail"]);
    assert_eq!(looked_at(&["all", "dev"]), ["web", "mail"]);
}

#[test]
fn a_variable_without_a_default_is_looked_up_where_compose_would_find_it() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write("deploy/.env", "WEB_PORT=8123\n");
    sandbox.write("deploy/compose.yml", "services:\n  web: { image: nginx, ports: ['${WEB_PORT:?}:80'] }\n");
    imported(&sandbox, &["compose", "deploy/compose.yml"]);
    let list: Value = serde_json::from_str(&sandbox.gladys(&["list", "--json"]).quietly()).expect("JSON");
    assert_eq!(list["services"][0]["ports"]["docker"], 8123);
    let program = first_program(&sandbox, &["start"]);
    assert_eq!(program["env"]["COMPOSE_FILE"], "[folder]/deploy/compose.yml");
    assert_eq!(program["env"]["WEB_PORT"], "8123");
}

#[test]
fn every_database_can_be_reached_and_a_variable_that_must_be_set_is_for_compose_to_ask_for() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write(
        "compose.yml",
        "services:
  db:
    image: postgres:16
    environment: { POSTGRES_USER: '${DB_USER:-app}', POSTGRES_DB: '${DB_NAME:?set it}', POSTGRES_PASSWORD: }
    ports: ['5432:5432']
  archive:
    image: postgres
    environment: [POSTGRES_PASSWORD=x]
    ports: ['5433:5432']
",
    );
    imported(&sandbox, &["compose"]);
    assert_eq!(services(&sandbox).len(), 2);
    let manifest = std::fs::read_to_string(sandbox.path().join("gladys.kdl")).expect("a manifest");
    let (_, databases) = manifest.split_once("\nlet ").expect("values");
    let (databases, _) = databases.split_once("\n\ncommand query").expect("commands");
    assert_eq!(
        databases,
        r#"db-user env=DB_USER default=app
let db-name env=DB_NAME default=app

database {
    url "postgres://{db-user}@localhost:{db.port}/{db-name}"
    password env=POSTGRES_PASSWORD default=""
    service db
}
database archive {
    url "postgres://postgres@localhost:{archive.port}/postgres"
    password "x"
    service archive
}"#
    );
}

#[test]
fn several_files_are_put_together_and_the_override_is_found() {
    let sandbox = with_programs(&["docker"]);
    sandbox.write("compose.yml", "services:\n  web: { image: a, depends_on: [db] }\n  db: { image: b }\n");
    sandbox
        .write("compose.override.yml", "services:\n  web: { depends_on: [cache] }\n  cache: { image: c }\n");
    imported(&sandbox, &["compose"]);
    assert_eq!(services(&sandbox), ["web", "db", "cache"].map(str::to_owned).into());
    let list: Value = serde_json::from_str(&sandbox.gladys(&["list", "--json"]).quietly()).expect("JSON");
    assert_eq!(list["services"][0]["needs"], serde_json::json!(["db", "cache"]));
    let program = first_program(&sandbox, &["start"]);
    assert_eq!(program["env"]["COMPOSE_FILE"], "[folder]/compose.yml:[folder]/compose.override.yml");
}

#[test]
fn this_project_s_own_file_gives_the_services_order_ports_and_readiness_of_the_profile_written_by_hand() {
    let text = |name: &str| std::fs::read(project().join(name)).expect("a file");
    let sandbox = with_programs(&["docker"]);
    sandbox.write("docker-compose.yml", text("environments/docker-compose.yml"));
    imported(&sandbox, &["compose"]);
    let by_hand = with_programs(&["docker"]);
    for name in ["gladys.kdl", "environments/docker.kdl", "environments/docker-compose.yml"] {
        by_hand.write(name, text(name));
    }
    for name in ["ask", "connect", "missing", "status", "stop"] {
        by_hand.program(&format!("environments/docker/{name}"), "#!/bin/sh\n");
    }
    by_hand.write("migrations/1.sql", "");
    let names = |name: &str| match name {
        "postgres" => "db".to_owned(),
        "executive-stub" => "executive".to_owned(),
        other => other.to_owned(),
    };
    assert_eq!(Shape::of(&sandbox, &[], names), Shape::of(&by_hand, &["--no-migrate"], str::to_owned));
}

/// What a plan of `start all` does, whatever its programs are.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    ports: BTreeMap<String, Value>,
    /// Each service with all that is ready before it is started.
    before: BTreeMap<String, BTreeSet<String>>,
    /// Each service with what it is waited for.
    ready: BTreeMap<String, String>,
}

impl Shape {
    fn of(sandbox: &Sandbox, flags: &[&str], name: impl Fn(&str) -> String) -> Self {
        let json = |words: &[&str]| -> Value {
            serde_json::from_str(&sandbox.gladys(words).quietly()).expect("JSON")
        };
        let list = json(&["list", "--json"]);
        let plan = json(&[&["start", "all", "-p", "docker", "--dry-run", "--json"], flags].concat());
        let steps = plan["steps"].as_array().expect("steps");
        let (mut before, mut ready) = (BTreeMap::new(), BTreeMap::new());
        for step in steps {
            let title = step["title"].as_str().expect("a title");
            let waited = waited_for(steps, step).iter().map(|waited| name(waited)).collect::<BTreeSet<_>>();
            if let Some(service) = title.strip_prefix("wait for ") {
                let kind = step["action"]["for"].to_string();
                ready.insert(name(service), kind.replace(&unit_of(service), "…"));
                before.insert(name(service), waited);
            }
        }
        let ports = list["services"].as_array().expect("services").iter();
        let ports = ports.filter(|service| service["kind"] == "service");
        let ports = ports.map(|service| {
            (name(service["name"].as_str().expect("a name")), service["ports"]["docker"].clone())
        });
        Self { ports: ports.collect(), before, ready }
    }
}

fn unit_of(service: &str) -> String {
    match service {
        "db" => "postgres".to_owned(),
        "executive" => "executive-stub".to_owned(),
        other => other.to_owned(),
    }
}

/// Every service that was waited for before a step.
fn waited_for(steps: &[Value], step: &Value) -> BTreeSet<String> {
    let after = step["after"].as_array().expect("a list").iter();
    let earlier = after.filter_map(|id| steps.get(usize::try_from(id.as_u64()?).ok()?));
    let mut all = BTreeSet::new();
    for step in earlier {
        all.extend(
            step["title"].as_str().and_then(|title| title.strip_prefix("wait for ")).map(str::to_owned),
        );
        all.extend(waited_for(steps, step));
    }
    all
}

fn first_program(sandbox: &Sandbox, words: &[&str]) -> Value {
    let text = sandbox.gladys(&[words, &["--dry-run", "--json"]].concat()).quietly();
    let plan: Value = serde_json::from_str(&text).expect("a plan");
    let steps = plan["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["action"]["kind"] == "run").expect("a program");
    step["action"]["program"].clone()
}

#[test]
fn whatever_the_services_are_each_of_them_and_each_of_their_keys_is_told() {
    let mut random = Random(7);
    for round in 0..25 {
        let (text, keys) = made_up(&mut random);
        let sandbox = with_programs(&["docker"]);
        sandbox.write("compose.yml", &text);
        let document = imported(&sandbox, &["compose"]);
        let told: Vec<&str> = document["items"]
            .as_array()
            .expect("items")
            .iter()
            .filter_map(|item| item["what"].as_str())
            .collect();
        let missing: Vec<_> = keys.iter().filter(|key| !told.contains(&key.as_str())).collect();
        assert_eq!(missing, [] as [&String; 0], "round {round}:\n{text}\n{told:#?}");
        let names = keys.iter().filter(|key| key.matches('.').count() == 1).count();
        assert_eq!(services(&sandbox).len(), names, "round {round}:\n{text}");
    }
}

#[test]
fn a_file_that_is_cut_off_or_damaged_is_refused_or_read_and_never_a_panic() {
    let mut random = Random(11);
    for end in (0..RICH.len()).step_by(37) {
        let mut bytes = RICH.as_bytes()[..if end % 2 == 0 { end } else { RICH.len() }].to_vec();
        let damage = [b'{', b'[', b'"', b'&', b'*', b':', b'\n', 0xff, b'\t', b'-', b'!', b'|', b'$'];
        if let (true, len) = (end % 2 == 1, bytes.len() as u64) {
            bytes[random.below(len)] = damage[random.below(damage.len() as u64)];
        }
        let sandbox = with_programs(&["docker"]);
        sandbox.write("compose.yml", &bytes);
        let ended = sandbox.gladys(&["import", "compose"]);
        let text = String::from_utf8_lossy(&bytes);
        assert!(matches!(ended.code, Some(0 | 2)), "{ended:#?}\n{text}");
        if ended.code == Some(0) {
            services(&sandbox);
        }
    }
}

/// A file of some services with some keys each, and the paths of all of them.
fn made_up(random: &mut Random) -> (String, Vec<String>) {
    const KEYS: [(&str, &str); 10] = [
        ("image", "\"postgres:15\""),
        ("ports", "[\"${P:-99}:5432\", \"8000-8010:80\", { target: 1, published: 2 }]"),
        ("environment", "{ POSTGRES_USER: \"a b\" }"),
        ("profiles", "[all, debug]"),
        ("healthcheck", "{ interval: 1h }"),
        ("scale", "4"),
        ("command", "\"it's {odd}\""),
        ("volumes", "[\"a:/b\"]"),
        ("restart", "always"),
        ("labels", "{ \"{\": \"}\" }"),
    ];
    let (mut text, mut keys) = ("services:\n".to_owned(), Vec::new());
    for service in 0..=random.below(6) {
        let name = ["all", "database", "9lives", "a-b", "x_y", "debug", "web"][service];
        text.push_str(&format!("  {name}:\n    init: true\n"));
        keys.extend([format!("services.{name}"), format!("services.{name}.init")]);
        for (key, value) in KEYS {
            if random.below(2) == 0 {
                text.push_str(&format!("    {key}: {value}\n"));
                keys.push(format!("services.{name}.{key}"));
            }
        }
        if service > 0 && random.below(2) == 0 {
            text.push_str("    depends_on: [all]\n");
            keys.push(format!("services.{name}.depends_on"));
        }
    }
    (text, keys)
}

/// Numbers that are the same in every run (xorshift, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit).expect("a small number")
    }
}
