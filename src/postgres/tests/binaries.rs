//! What is refused, and how it is said.

use std::fs;

use super::super::find::{inspect, lacks, major};
use super::super::prepare::Request;
use super::super::serve;
use super::super::user::unprivileged;
use super::{folder, installed, names, request, said, state};

#[test]
fn versions_are_read_as_postgres_says_them() {
    assert_eq!(major("postgres (PostgreSQL) 16.14\n"), Some(16));
    assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
    assert_eq!(major("postgres (PostgreSQL) 19beta2\n"), Some(19));
    assert_eq!(major("mysqld 8.0\n"), None);
}

#[test]
fn a_folder_without_a_server_is_refused() {
    let folder = folder();
    let bin = folder.path().join("bin");
    let request = Request { bin: Some(bin.clone()), ..request(&folder) };
    let refused = |cause: &str| Err(format!("`{}` holds no PostgreSQL server: {cause}", bin.display()));
    assert_eq!(said(&request), refused("there is no `initdb` in it"));
    fs::create_dir(&bin).and_then(|()| fs::write(bin.join("initdb"), "")).expect("a file");
    assert_eq!(said(&request), refused("there is no `postgres` in it"));
    assert_eq!(names(&state(&folder)), ["data.lock"]);
}

#[test]
fn another_version_is_refused() {
    let folder = folder();
    let server = installed();
    let (bin, found) = (server.bin.display(), server.major);
    let named = Request { bin: Some(server.bin.clone()), major: Some(9), ..request(&folder) };
    assert_eq!(said(&named), Err(format!("`{bin}` is PostgreSQL {found}, but 9 is wanted")));
    let missing = Request { major: Some(9), ..request(&folder) };
    assert_eq!(said(&missing), Err("no PostgreSQL 9 is on this machine, and none can be fetched".to_owned()));
}

#[test]
fn data_of_another_version_or_user_is_left_alone() {
    let folder = folder();
    said(&request(&folder)).expect("a data folder");
    let data = state(&folder).join("data");
    let found = installed().major;
    assert_eq!(
        said(&Request { major: Some(9), ..request(&folder) }),
        Err(format!("the data in `{}` is of PostgreSQL {found}, but 9 is wanted", data.display()))
    );
    assert_eq!(
        said(&Request { user: "me".to_owned(), ..request(&folder) }),
        Err(format!("the data in `{}` was made for the user `gladys`, not `me`", data.display()))
    );
    fs::write(data.join("PG_VERSION"), "9.6\n").expect("an older version");
    assert_eq!(
        said(&request(&folder)),
        Err("no PostgreSQL 9 is on this machine, and none can be fetched".to_owned())
    );
}

#[test]
fn what_is_no_data_folder_is_left_alone() {
    let folder = folder();
    let data = state(&folder).join("data");
    fs::create_dir_all(&data).and_then(|()| fs::write(data.join("thesis.txt"), "…")).expect("a file");
    assert_eq!(
        said(&request(&folder)),
        Err(format!("`{}` is not a PostgreSQL data folder, and not empty", data.display()))
    );
    assert_eq!(names(&state(&folder)), ["data"]);
    let serve = serve::Request { data: data.clone(), bin: None, port: 1, listen: "localhost".to_owned() };
    let error = serve::call(&serve).err().map(|error| error.to_string());
    assert_eq!(error, Some(format!("`{}` holds no data to serve", data.display())));
}

#[test]
fn names_and_passwords_are_one_line() {
    let folder = folder();
    let two_lines = "first\nsecond".to_owned();
    assert_eq!(
        said(&Request { database: two_lines, ..request(&folder) }),
        Err("the database name must be one line and not empty".to_owned())
    );
    assert_eq!(
        said(&Request { password: Some("a\nb".into()), ..request(&folder) }),
        Err("the password must be one line and not empty".to_owned())
    );
}

#[test]
fn an_extension_that_is_not_offered_is_named() {
    let server = installed();
    let user = unprivileged();
    let wanted = ["plpgsql".to_owned(), "no_such_thing".to_owned()];
    assert_eq!(lacks(&server, &wanted, user), ["no_such_thing"]);
    let folder = folder();
    let named = Request { bin: Some(server.bin.clone()), extensions: wanted.to_vec(), ..request(&folder) };
    assert_eq!(said(&named), Err("no PostgreSQL at hand offers the extension `no_such_thing`".to_owned()));
    assert_eq!(inspect(&server.bin, user).ok(), Some(server));
}
