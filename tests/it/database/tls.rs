//! TLS to a real server: every `sslmode`, certificates that fit and do not, channel binding.

use super::open_shop;
use crate::project::Project;
use crate::run::Run;
use crate::skip::{without_postgres, without_program};

/// An authority, another one that nobody believes, a certificate for `localhost` in the server's folder, and some for clients.
const CERTIFICATES: &str = "
    set -e
    for name in ca other; do
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=$name -keyout $name.key -out $name.crt
    done
    signed() {
        openssl req -newkey rsa:2048 -nodes -subj /CN=$2 -addext subjectAltName=DNS:$2 -keyout $1.key -out $1.csr
        openssl x509 -req -days 2 -in $1.csr -CA $3.crt -CAkey $3.key -CAcreateserial -copy_extensions copy -out $1.crt
    }
    signed server localhost ca; signed clerk clerk ca; signed boss boss ca; signed stranger clerk other
    cp clerk.key open.key; chmod 600 *.key; chmod 644 open.key
    data=.gladys/local/db/data
    install -m 600 -o $(stat -c %u $data) server.key server.crt ca.crt $data/
    printf 'hostssl all only_tls all trust\\nhostnossl all only_plain all trust\\nhost all either all trust\\n' > hba
    printf 'hostssl all bound all scram-sha-256\\nhostssl all clerk all trust clientcert=verify-full\\n' >> hba
    printf 'host all gladys all scram-sha-256\n' >> hba
    cat hba > $data/pg_hba.conf
";

const ROLES: &str = "create role only_tls login; create role only_plain login; create role either login; create role clerk login; \
    create role bound login password 'brass'";

/// Whether the session of this user is under TLS.
fn under_tls(project: &Project, user: &str, host: &str, options: &str) -> Run {
    let address = format!("postgres://{user}@{host}:{}/shop?{options}", project.var("DB_PORT"));
    let sql =
        "select case when ssl then 'TLS' else 'plain' end from pg_stat_ssl where pid = pg_backend_pid()";
    project.gladys(["psql", "-XAtc", sql, &address])
}

/// The line of the message.
fn refusal(run: Run) -> String {
    let said = run.any_stdout().any_stderr().code(1).stderr_text();
    let lines = said.lines().map(str::trim).skip_while(|line| !line.starts_with('×'));
    let message: Vec<&str> =
        lines.take_while(|line| line.starts_with(['×', '│']) && !line.contains("─")).collect();
    message.join(" ").replace("× ", "").replace("│ ", "")
}

/// A server with TLS.
fn secure_shop() -> Project {
    let project = open_shop();
    project.gladys(["query", ROLES]).any_stdout();
    project.sh(CERTIFICATES).any_stdout().any_stderr();
    project.gladys(["query", "alter system set ssl = on"]).any_stdout();
    project.gladys(["query", "alter system set ssl_ca_file = 'ca.crt'"]).any_stdout();
    project.gladys(["query", "select pg_reload_conf()"]).any_stdout();
    project.sh("until $GLADYS psql -XAtc 'show ssl' | grep -q on; do sleep 0.05; done");
    project
}

#[test]
fn the_mode_says_whether_tls_is_used() {
    if without_postgres() || without_program("openssl") {
        return;
    }
    let project = secure_shop();
    for (mode, expected) in [("disable", "plain"), ("allow", "plain"), ("prefer", "TLS"), ("require", "TLS")]
    {
        under_tls(&project, "either", "localhost", &format!("sslmode={mode}")).stdout(expected);
    }
    under_tls(&project, "only_tls", "localhost", "sslmode=allow").stdout("TLS");
    under_tls(&project, "only_plain", "localhost", "sslmode=prefer").stdout("plain");
    assert_eq!(
        refusal(under_tls(&project, "only_tls", "localhost", "sslmode=disable")),
        "the server at localhost:[DB_PORT] refuses user `only_tls`: no pg_hba.conf entry for host \"127.0.0.1\", user \
         \"only_tls\", database \"shop\", no encryption"
    );
}

#[test]
fn a_certificate_is_verified_as_far_as_the_mode_says() {
    if without_postgres() || without_program("openssl") {
        return;
    }
    let project = secure_shop();
    let verified = |host: &str, mode: &str, authority: &str| {
        under_tls(&project, "either", host, &format!("sslmode={mode}&sslrootcert={authority}.crt"))
    };
    verified("localhost", "verify-full", "ca").stdout("TLS");
    verified("127.0.0.1", "verify-ca", "ca").stdout("TLS");
    assert_eq!(
        refusal(verified("127.0.0.1", "verify-full", "ca")),
        "no TLS connection to 127.0.0.1:[DB_PORT]: the server's certificate is not for `127.0.0.1`"
    );
    for mode in ["verify-ca", "verify-full", "require"] {
        assert_eq!(
            refusal(verified("localhost", mode, "other")),
            "no TLS connection to localhost:[DB_PORT]: no authority of `other.crt` has signed the server's certificate"
        );
    }
    assert_eq!(
        refusal(under_tls(&project, "either", "localhost", "sslmode=verify-full")),
        "no TLS connection to localhost:[DB_PORT]: a verifying `sslmode` needs `sslrootcert` (a file, or `system`)"
    );
}

#[test]
fn a_client_has_a_certificate_of_its_own() {
    if without_postgres() || without_program("openssl") {
        return;
    }
    let project = secure_shop();
    let with = |certificate: &str, key: &str| {
        let options = format!("sslmode=require&sslcert={certificate}.crt&sslkey={key}.key");
        under_tls(&project, "clerk", "localhost", &options)
    };
    with("clerk", "clerk").stdout("TLS");
    let place = "no TLS connection to localhost:[DB_PORT]";
    for (certificate, key, expected) in [
        (
            "clerk",
            "boss",
            format!("{place}: the key `boss.key` does not belong to the certificate `clerk.crt`"),
        ),
        ("clerk", "none", format!("{place}: cannot read the key `none.key`: no such file or directory")),
        (
            "none",
            "clerk",
            format!("{place}: cannot read the certificate `none.crt`: no such file or directory"),
        ),
        (
            "clerk",
            "open",
            format!("{place}: the key `open.key` is open to others (mode 644): chmod 600 open.key"),
        ),
        (
            "stranger",
            "stranger",
            format!("{place}: the server does not accept the certificate `stranger.crt` (UnknownCA)"),
        ),
    ] {
        assert_eq!(refusal(with(certificate, key)), expected);
    }
    assert_eq!(
        refusal(with("boss", "boss")),
        "the server at localhost:[DB_PORT] refuses user `clerk`: \"trust\" authentication failed for user \"clerk\""
    );
    assert_eq!(
        refusal(under_tls(&project, "clerk", "localhost", "sslmode=require")),
        "the server at localhost:[DB_PORT] refuses user `clerk`: connection requires a valid client certificate"
    );
}

#[test]
fn the_authorities_of_the_system_are_believed_for_the_name_of_the_host_only() {
    if without_postgres() || without_program("openssl") {
        return;
    }
    let project = secure_shop().env("SSL_CERT_FILE", "ca.crt");
    let system =
        |host: &str, more: &str| under_tls(&project, "either", host, &format!("sslrootcert=system{more}"));
    system("localhost", "").stdout("TLS");
    system("localhost", "&sslmode=verify-full").stdout("TLS");
    assert_eq!(
        refusal(system("127.0.0.1", "")),
        "no TLS connection to 127.0.0.1:[DB_PORT]: the server's certificate is not for `127.0.0.1`"
    );
    assert_eq!(
        refusal(system("localhost", "&sslmode=require")),
        "no TLS connection to localhost:[DB_PORT]: `sslrootcert=system` needs `sslmode=verify-full`, not `require`"
    );
    let project = project.env("SSL_CERT_FILE", "other.crt");
    assert_eq!(
        refusal(under_tls(&project, "either", "localhost", "sslrootcert=system")),
        "no TLS connection to localhost:[DB_PORT]: no authority of the system has signed the server's certificate"
    );
}

#[test]
fn a_login_is_bound_to_its_tls_session() {
    if without_postgres() || without_program("openssl") {
        return;
    }
    let project = secure_shop().env("PGPASSWORD", "brass").env("DB_PASSWORD", "brass");
    under_tls(&project, "bound", "localhost", "sslmode=require&channel_binding=require").stdout("TLS");
    under_tls(&project, "bound", "localhost", "sslmode=require&channel_binding=disable").stdout("TLS");
    assert_eq!(
        refusal(under_tls(&project, "either", "localhost", "sslmode=require&channel_binding=require")),
        "cannot log in as user `either` at localhost:[DB_PORT]: `channel_binding=require`, and the server does not offer \
         it on this connection"
    );
}

#[test]
fn a_server_without_tls_is_refused_where_it_is_required() {
    if without_postgres() {
        return;
    }
    let project = open_shop();
    assert_eq!(
        refusal(under_tls(&project, "gladys", "localhost", "sslmode=require")),
        "no TLS connection to localhost:[DB_PORT]: the server does not offer TLS"
    );
}
