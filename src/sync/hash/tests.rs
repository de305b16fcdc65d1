//! Sums of real files, and every way in which one cannot be had.

use super::{Contents, Digest, Trouble, hash_file, read_file};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// FIPS 180-4, the example of one block.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[test]
fn a_sum_is_the_published_one_whatever_the_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    fs::write(&path, "abc").expect("a file");
    assert_eq!(hash_file(&path).expect("a sum").to_string(), ABC);
    assert_eq!(Digest::try_from(ABC.to_owned()), Ok(Digest::of(b"abc")));
    let big: Vec<u8> = (0..1_000_003_u32).map(|number| number.to_le_bytes()[1]).collect();
    fs::write(&path, &big).expect("a file");
    assert_eq!(hash_file(&path), Ok(Digest::of(&big)));
    assert_eq!(read_file(&path), Ok(big));
    for wrong in ["", "ab", &ABC[1..], "zz"] {
        assert!(Digest::try_from(wrong.to_owned()).is_err());
    }
}

#[test]
fn what_is_not_a_readable_file_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    symlink("nowhere", path("broken")).expect("a link");
    symlink("loop", path("loop")).expect("a link");
    fs::write(path("plain"), "").expect("a file");
    rustix::fs::mknodat(rustix::fs::CWD, path("pipe"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .expect("a pipe");
    let _socket = UnixListener::bind(path("socket")).expect("a socket");
    assert_eq!(hash_file(&path("none")), Err(Trouble::Missing));
    assert_eq!(hash_file(&path("plain/below")), Err(Trouble::Missing));
    assert_eq!(hash_file(&path("broken")), Err(Trouble::BrokenLink("nowhere".to_owned())));
    assert_eq!(
        hash_file(&path("loop")),
        Err(Trouble::Unreadable("too many levels of symbolic links".to_owned()))
    );
    assert_eq!(hash_file(folder.path()), Err(Trouble::Folder));
    assert_eq!(hash_file(&path("pipe")), Err(Trouble::Special("pipe")));
    assert_eq!(hash_file(&path("socket")), Err(Trouble::Special("socket")));
    assert_eq!(hash_file(Path::new("/dev/zero")), Err(Trouble::Special("device")));
    assert_eq!(
        hash_file(Path::new("/proc/self/mem")),
        Err(Trouble::Unreadable("input/output error".to_owned()))
    );
}

#[test]
fn a_file_that_keeps_changing_is_trouble_and_never_a_sum() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("busy");
    fs::write(&path, vec![7; 8 << 20]).expect("a file");
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (path, stop) = (path.clone(), Arc::clone(&stop));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let file = fs::OpenOptions::new().write(true).open(&path).expect("the file");
                std::os::unix::fs::FileExt::write_all_at(&file, b"x", 5).expect("a byte");
            }
        })
    };
    assert_eq!(hash_file(&path), Err(Trouble::Changed));
    stop.store(true, Ordering::Relaxed);
    writer.join().expect("the writer ends");
    assert!(hash_file(&path).is_ok());
}

#[test]
fn many_files_are_each_read_once_and_an_interruption_leaves_them_unknown() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths: BTreeSet<_> = (0..300).map(|number| folder.path().join(format!("file {number}"))).collect();
    for path in &paths {
        fs::write(path, path.as_os_str().as_encoded_bytes()).expect("a file");
    }
    let all = Contents::of(paths.iter().cloned(), &AtomicBool::new(false));
    for path in &paths {
        assert_eq!(all.get(path), Ok(Digest::of(path.as_os_str().as_encoded_bytes())));
        fs::remove_file(path).expect("removed");
        assert!(all.get(path).is_ok(), "a sum is kept, not taken again");
    }
    let none = Contents::of(paths.iter().cloned(), &AtomicBool::new(true));
    assert!(paths.iter().all(|path| none.get(path) == Err(Trouble::Interrupted)));
}
