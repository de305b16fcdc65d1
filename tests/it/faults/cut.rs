//! The log where no holes can be punched: it is cut while the service writes, and where lines may be missing is said.

use std::fs;

use super::bench::Bench;
use super::state::private_shell;
use super::table::{each, skip};

/// How the state folder comes to be on a file system: that of the tests, tmpfs, overlayfs.
const MOUNTS: [&str; 3] = [
    "mkdir .gladys",
    "mkdir .gladys && mount -t tmpfs none .gladys",
    "mkdir .gladys over && mount -t tmpfs none over && mkdir over/lower over/upper over/work && \
     mount -t overlay -o lowerdir=over/lower,upperdir=over/upper,workdir=over/work none .gladys",
];

/// Starts the service, looks at its log until that was cut and grows no more, and stops it. All that is said of the log is kept.
const SCRIPT: &str = r#"
GLADYS_FAIL_AT=no-punch $GLADYS start || exit 1
$GLADYS logs -f > follow &
look() { stat -c "%s %y" .gladys/local/web/log; }
number=0
while before=$(look); sleep 0.3; [ "$before" != "$(look)" ] || ! [ -e .gladys/local/web/log.old ]; do
    number=$((number + 1))
    [ $number -lt 200 ] || exit 1
    $GLADYS logs > during-$number
done
$GLADYS logs > after
$GLADYS status > status
du -ck .gladys/local/web/log .gladys/local/web/log.old > used
kill -INT $!
wait
$GLADYS stop
"#;

#[test]
fn flood() {
    const FAULT: &str = "the service floods its log where no holes can be punched";
    let Some(shell) = private_shell(&Bench::web("", "")) else {
        return skip(FAULT, "it takes the right to mount file systems");
    };
    let can = |mount: &&&str| Bench::web("", "").sh(&format!("{shell} sh -c '{mount}'")).code == Some(0);
    let mounts = MOUNTS.iter().filter(can);
    let fast = mounts.map(|mount| (mount, ""));
    let variants: Vec<_> = fast.chain([(&MOUNTS[0], "--flood-rate 24M")]).collect();
    each(FAULT, &variants, |(mount, rate)| {
        let size = if rate.is_empty() { 32 << 20 } else { 12 << 20 };
        let bench = Bench::web(&format!("--flood {size} {rate}"), "limits log=\"1M\"");
        bench.sh(&format!("{shell} sh -c '{mount} && {SCRIPT}'")).success();
        bench.assert_nothing();
        assert_bounded(&bench);
        let entries = fs::read_dir(bench.path(".")).expect("the folder").flatten();
        let names: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        for name in names.iter().filter(|name| name.starts_with("during-") || *name == "follow") {
            assert_said(&bench, name);
        }
        let (next, said) = assert_said(&bench, "after");
        assert!(next > 0 && (said || next == size / 64), "it ends before {next}");
    });
}

/// The older half and the rest take little, and `status` says why they are two.
#[track_caller]
fn assert_bounded(bench: &Bench) {
    let status = fs::read_to_string(bench.path("status")).expect("the status");
    assert!(status.contains("this file system cannot punch holes"), "{status}");
    let used = fs::read_to_string(bench.path("used")).expect("what it takes");
    let total = used.lines().last().and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    assert!(total.is_some_and(|kilobytes| kilobytes < 4 << 10), "{used}");
}

/// From 0 on, numbers follow each other, or it is said between them that something is missing. Returns which number would be
/// the next, and whether it is said behind the last one.
#[track_caller]
fn assert_said(bench: &Bench, name: &str) -> (u64, bool) {
    let text = fs::read_to_string(bench.path(name)).expect("what was shown");
    let (mut next, mut said) = (0, false);
    for line in text.lines() {
        said |=
            line.starts_with("--- ") && (line.contains("may be missing") || line.contains("were not kept"));
        let whole = line.strip_prefix("flood ").filter(|rest| rest.len() == 57);
        let Some(number) = whole.and_then(|rest| rest.get(..12)?.parse::<u64>().ok()) else { continue };
        assert!(number == next || (number > next && said), "`{name}`: {number} in place of {next}");
        (next, said) = (number + 1, false);
    }
    (next, said)
}
