//! As whom PostgreSQL's programs run: as ourselves, and as somebody without privileges when we are root, which
//! PostgreSQL refuses (<https://www.postgresql.org/docs/16/postgres-user.html>).

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Somebody without privileges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// Nobody in particular (`None`) unless we are root: then who called `sudo`, else `postgres`, else `nobody`.
pub(super) fn unprivileged() -> Option<User> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let nobody = User { uid: 65534, gid: 65534 };
    Some(caller().or_else(|| account("postgres")).or_else(|| account("nobody")).unwrap_or(nobody))
}

/// Who called `sudo` (sudo(8), ENVIRONMENT).
fn caller() -> Option<User> {
    let number = |name| std::env::var(name).ok()?.parse().ok();
    let user = User { uid: number("SUDO_UID")?, gid: number("SUDO_GID")? };
    (user.uid != 0).then_some(user)
}

/// An account of this machine (passwd(5): name, password, uid, gid, …).
fn account(name: &str) -> Option<User> {
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    let mut fields = accounts
        .lines()
        .map(|line| line.split(':'))
        .find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
    Some(User { uid: fields.nth(1)?.parse().ok()?, gid: fields.next()?.parse().ok()? })
}

/// A call of one of PostgreSQL's programs as that user.
///
/// It runs in `/`, since PostgreSQL wants to return to where it was called from and that user may not be let in there;
/// the groups of root are cleared by `uid`. Settings meant for clients are taken away, the password first of all.
pub(super) fn command(program: &Path, user: Option<User>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env_remove("PGPASSWORD").env_remove("PGDATA").env_remove("PGOPTIONS");
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}
