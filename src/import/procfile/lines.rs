//! The lines of the manifest and of the profile.

use std::path::Path;

use super::words::Program;
use super::{Process, RELEASE};
use crate::import::draft::Place;
use crate::import::write::{Line, literal};

/// What is written.
pub struct Written<'a> {
    /// Where to.
    pub place: &'a Place,
    /// The folder of the Procfile.
    pub folder: &'a Path,
    /// The processes.
    pub processes: &'a [Process],
}

/// The name that a process has in the manifest: one that begins with a letter, and not that of the group of all.
pub fn called(name: &str) -> String {
    if name == "all" || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        format!("process-{name}")
    } else {
        name.to_owned()
    }
}

impl Written<'_> {
    /// The blocks of the manifest.
    pub fn manifest(&self) -> Vec<Vec<Line>> {
        let dotenv = Path::new(&self.cwd()).join(".env");
        let project = Line::new("project")
            .word(&self.place.folder_name())
            .child(Line::new("dotenv").word(&dotenv.to_string_lossy()))
            .child(Line::new("include").word("environments/*.kdl"));
        let release = self.processes.iter().find(|process| process.name == RELEASE);
        let job = release.map(|process| {
            Line::new("job").word(RELEASE).summary("Before all others").child(self.run(process))
        });
        let needs = release.map(|_| Line::new("needs").word(RELEASE));
        let services = self.services().map(|process| {
            // Only a command that names its port is known to listen on it.
            let listens = process.program.names_port(&process.command);
            let ready = listens.then(|| Line::new("ready").word("tcp"));
            Line::new("service")
                .word(&called(&process.name))
                .summary(&process.command)
                .with(needs.clone())
                .with(ready)
        });
        let all = Line::new("group").word("all").summary("Every process");
        vec![
            vec![project],
            services.collect(),
            job.into_iter().collect(),
            vec![all.child(Line::new("members").word("*"))],
        ]
    }

    /// What the profile gets.
    pub fn profile(&self) -> Vec<Line> {
        self.services().map(|process| self.placement(process)).collect()
    }

    fn services(&self) -> impl Iterator<Item = &Process> {
        self.processes.iter().filter(|process| process.name != RELEASE)
    }

    /// Every process of foreman has `PORT`, whether it listens or not.
    fn placement(&self, process: &Process) -> Line {
        let (env, words) = words(process);
        let exec = Line::new("exec").words(&words);
        let env = env.iter().fold(Line::new("env"), |line, (name, value)| line.property(name, value));
        let has_port = matches!(&process.program, Program::Words { env, .. } if env.iter().any(|(name, _)| name == "PORT"));
        let env = if has_port { env } else { env.property("PORT", "{port}") };
        let port = Line::new("port").number(process.port);
        Line::new("service")
            .word(&called(&process.name))
            .child(port)
            .with(self.cwd_line())
            .child(exec)
            .child(env)
    }

    /// A job is in no profile: it has no port.
    fn run(&self, process: &Process) -> Line {
        let (env, words) = words(process);
        let port = process.port.to_string();
        let fixed = |text: &String| text.replace("{port}", &port);
        let env = env.iter().map(|(name, value)| Line::new("env").property(name, &fixed(value)));
        let in_shell =
            matches!(process.program, Program::Shell { .. }) && process.program.names_port(&process.command);
        let port = in_shell.then(|| Line::new("env").property("PORT", &port));
        Line::new("run").words(words.iter().map(fixed)).with(self.cwd_line()).with(env).with(port)
    }

    fn cwd(&self) -> String {
        self.place.path(self.folder)
    }

    fn cwd_line(&self) -> Option<Line> {
        let cwd = self.cwd();
        (!cwd.is_empty()).then(|| Line::new("cwd").word(&literal(&cwd)))
    }
}

/// The variables and the words that are written.
fn words(process: &Process) -> (Vec<(String, String)>, Vec<String>) {
    match &process.program {
        Program::Words { env, words } => (env.clone(), words.clone()),
        Program::Shell { .. } => {
            (Vec::new(), vec!["sh".to_owned(), "-c".to_owned(), literal(&process.command)])
        }
    }
}
