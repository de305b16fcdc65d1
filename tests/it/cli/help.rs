//! `gladys help COMMAND…` is `gladys COMMAND… --help`.

use super::shop;
use crate::sandbox::Sandbox;

#[test]
fn help_of_a_command_is_what_its_option_says() {
    let shop = shop();
    assert_eq!(shop.gladys(["help"]).text(), shop.gladys(["--help"]).text());
    assert_eq!(shop.gladys(["help", "start"]).text(), shop.gladys(["start", "--help"]).text());
    assert_eq!(shop.gladys(["help", "run", "start"]).text(), shop.gladys(["run", "start", "--help"]).text());
    let import = shop.gladys(["import", "compose", "--help"]).text();
    assert_eq!(shop.gladys(["-q", "help", "import", "compose"]).text(), import);
    let unknown = "
        error: unrecognized subcommand 'strat'

          tip: some similar subcommands exist: 'start', 'status'

        Usage: gladys [OPTIONS] [COMMAND]

        For more information, try '--help'.
    ";
    shop.gladys(["help", "strat"]).stderr(unknown).code(2);
}

#[test]
fn without_a_manifest_there_is_the_help_of_gladys_itself() {
    let sandbox = Sandbox::new();
    let help = sandbox.gladys(&["help"]).quietly();
    assert!(help.contains("\n  import       Write a manifest"), "{help}");
    assert_eq!(help, sandbox.gladys(&["--help"]).quietly());
    assert_eq!(sandbox.gladys(&["help", "tool"]).quietly(), sandbox.gladys(&["tool", "--help"]).quietly());
}
