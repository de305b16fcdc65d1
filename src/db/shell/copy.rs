//! COPY: data from the input or a file to the server, and back; `\copy` (psql's `copy.c`).

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::process::{Child, Stdio};

use super::Shell;
use super::answer::{Got, Sent};
use super::complete::Known;
use super::copy_words::{Place, Request, parse};
use super::input::{Reader, is_end};
use super::output::Target;
use super::person::Typed;
use super::program::{ended, sh};
use super::send::reason;
use crate::db::Reply;
use crate::db::sql::copy::copies_from_input;

/// What is read from a file or a command at a time.
const CHUNK: usize = 64 * 1024;

/// Where `\copy` reads from or writes to.
pub(super) enum Stream {
    /// Data from a file or standard input.
    From(Reader),
    /// Data to a file or a command.
    To(Target),
    /// Data to the shell's own output, not to where results go.
    Own,
}

impl Shell<'_> {
    /// Carries the data of a COPY; whether it went well, and the result that remains to be shown.
    pub(super) fn copied(&mut self, to_server: bool, sent: &mut Sent<'_>) -> (bool, Option<Got>) {
        if to_server {
            return self.copy_in(sent);
        }
        let mut opened = true;
        if self.copy_stream.is_none()
            && let Some(name) = self.once.file.clone()
        {
            opened = self.open_once(&name, &mut sent.file);
        }
        let own = self.copy_stream.is_none() && sent.file.is_none() || self.own_stream();
        let (done, result) = self.copy_out(opened, sent);
        // The tag is not shown where the data went.
        (done && opened, result.filter(|_| !own))
    }

    fn own_stream(&self) -> bool {
        match &self.copy_stream {
            Some(Stream::Own) => matches!(self.output.results, Target::Own),
            stream => matches!(stream, Some(Stream::To(Target::Own))),
        }
    }

    fn copy_out(&mut self, opened: bool, sent: &mut Sent<'_>) -> (bool, Option<Got>) {
        loop {
            let Some(connection) = &mut self.connection else { return (false, None) };
            match connection.reply() {
                Ok(Reply::CopyData(data)) => {
                    let write = |out: &mut dyn Write| out.write_all(data);
                    match (&mut self.copy_stream, &mut sent.file) {
                        _ if !opened || self.output.failed.is_some() => {}
                        (Some(Stream::To(Target::Own)), _) | (None, None) => self.output.result(write),
                        (Some(Stream::To(target)), _) | (None, Some(target)) => self.output.to(target, write),
                        (Some(_), _) => self.output.to(&mut Target::Own, write),
                    }
                    if self.output.closed {
                        // Nobody reads on: the server learns it from the end of the connection.
                        self.connection = None;
                    }
                }
                Ok(Reply::Notice(message)) => self.server(&message, sent.query, false),
                Ok(Reply::Done(tag)) => return (self.copy_written(sent), Some(Got::Command(tag))),
                Ok(Reply::Error(message)) => {
                    self.server(&message, sent.query, true);
                    self.last_error = Some((message.clone(), sent.query.to_owned()));
                    return (false, Some(Got::Failed(message)));
                }
                Ok(_) => {}
                Err(error) => {
                    self.lost(&error);
                    return (false, None);
                }
            }
        }
    }

    /// Whether the data is where it was to go; told if not.
    fn copy_written(&mut self, sent: &mut Sent<'_>) -> bool {
        let mut stream = self.copy_stream.take();
        let place = match &mut stream {
            Some(Stream::To(target)) => Some(target),
            Some(_) => None,
            None => sent.file.as_mut(),
        };
        let done = self.written("could not write COPY data", place);
        self.copy_stream = stream;
        done
    }

    /// The blocks of data that stand behind this text in the script that is being read.
    pub(super) fn data_behind(&mut self, query: &str) -> usize {
        self.blocks_taken = 0;
        let elsewhere = !matches!(self.copy_stream, None | Some(Stream::From(Reader::Standard)));
        let none = self.interactive() || elsewhere || self.once.describe || self.once.execute;
        if none { 0 } else { copies_from_input(query) }
    }

    /// Reads the data that the server did not take, up to the `\.` of each block: it was never meant to be run.
    pub(super) fn pass_over(&mut self, blocks: usize) {
        for _ in self.blocks_taken..blocks {
            while let Ok(Some(line)) = self.data_line() {
                if is_end(&line) {
                    break;
                }
            }
        }
    }

    fn copy_in(&mut self, sent: &mut Sent<'_>) -> (bool, Option<Got>) {
        let asked = self.interactive() && self.copy_stream.is_none();
        if asked && !self.quiet() {
            let text = "Enter data to be copied followed by a newline.\n\
                        End with a backslash and a period on a line by itself, or an EOF signal.";
            self.output.line(text);
        }
        let data = if asked { self.copy_typed() } else { self.copy_read() };
        self.blocks_taken += 1;
        let Some(connection) = &mut self.connection else { return (false, None) };
        if let Err(error) = connection.copy_end(data.as_ref().err().map(String::as_str)) {
            self.lost(&error);
            return (false, None);
        }
        match self.got(sent) {
            Got::Failed(message) => {
                self.server(&message, sent.query, true);
                self.last_error = Some((message.clone(), sent.query.to_owned()));
                (false, Some(Got::Failed(message)))
            }
            Got::End => (false, None),
            got => (data.is_ok(), Some(got)),
        }
    }

    /// Sends what is read, up to the end of the data; the error is why there is no more.
    fn copy_read(&mut self) -> Result<(), String> {
        let mut part = Vec::new();
        loop {
            let (more, script) = match (&mut self.copy_stream, self.sources.last_mut()) {
                (Some(Stream::From(reader)), _) => (reader.data(&mut part), None),
                (_, Some(source)) => (source.reader.data(&mut part), Some(&mut source.line)),
                (_, None) => return Ok(()),
            };
            let more = more.map_err(|_| "aborted because of read failure".to_owned())?;
            if let Some(line) = script {
                *line += if more { memchr::memchr_iter(b'\n', &part).count() } else { 1 };
            }
            if !more {
                return Ok(());
            }
            if let Some(connection) = &mut self.connection {
                connection.copy_data(&part).map_err(|error| error.to_string())?;
            }
        }
    }

    /// Sends the lines that the person types, up to the end of the data; the error is why there are no more.
    fn copy_typed(&mut self) -> Result<(), String> {
        while let Some(line) = self.typed_data()? {
            let line = line + "\n";
            if is_end(line.as_bytes()) {
                break;
            }
            if let Some(connection) = &mut self.connection {
                connection.copy_data(line.as_bytes()).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }

    /// The next line of data that the person types; the error is why there is none.
    fn typed_data(&mut self) -> Result<Option<String>, String> {
        self.output.flush();
        let prompt = self.variables.text("PROMPT3").to_owned();
        let Some(person) = &mut self.person else { return Ok(None) };
        match person.line(&prompt, Known::default()) {
            Typed::Line(line) => Ok(Some(line)),
            Typed::End => Ok(None),
            Typed::Interrupt => Err("canceled by user".to_owned()),
        }
    }

    /// The next line of data: from where `\copy` reads, else from the script.
    fn data_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        match (&mut self.copy_stream, self.sources.last_mut()) {
            (Some(Stream::From(reader)), _) => reader.line(),
            (_, None) => Ok(None),
            (_, Some(source)) => {
                source.line += 1;
                source.raw()
            }
        }
    }

    /// `\copy`
    pub(super) fn copy_command(&mut self, words: &str) -> bool {
        let request = match parse(words) {
            Ok(request) => request,
            Err(text) => {
                self.error(&text);
                return false;
            }
        };
        self.output.flush();
        let mut child = None;
        match open(&request, &mut child) {
            Ok(stream) => self.copy_stream = stream,
            Err(text) => {
                self.error(&text);
                return false;
            }
        }
        let direction = if request.from { " FROM STDIN " } else { " TO STDOUT " };
        let done = self.send(&format!("COPY {}{direction}{}", request.before, request.after));
        let mut ends = Ok(());
        if let Some(Stream::To(target)) = self.copy_stream.take() {
            ends = target.close();
        }
        if let Some(child) = &mut child {
            ends = ended(child);
        }
        if let (Place::Command(command), Err(error)) = (&request.place, &ends) {
            self.error(&format!("{command}: {}", reason(error)));
        }
        done && ends.is_ok()
    }
}

fn open(request: &Request, child: &mut Option<Child>) -> Result<Option<Stream>, String> {
    let wrong = |name: &str, error: &io::Error| format!("{name}: {}", reason(error));
    Ok(match (&request.place, request.from) {
        (Place::Shell, true) => None,
        (Place::Shell, false) => Some(Stream::To(Target::Own)),
        (Place::Program, true) => Some(Stream::From(Reader::Standard)),
        (Place::Program, false) => Some(Stream::Own),
        (Place::File(name), true) => {
            let file = File::open(name).map_err(|error| wrong(name, &error))?;
            if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
                return Err(format!("{name}: cannot copy from/to a directory"));
            }
            Some(Stream::From(Reader::Own(Box::new(BufReader::with_capacity(CHUNK, file)))))
        }
        (Place::File(name), false) => {
            Some(Stream::To(Target::open(Some(name)).map_err(|error| wrong(name, &error))?))
        }
        (Place::Command(command), true) => {
            let run = sh(command).stdout(Stdio::piped()).spawn();
            let mut run = run.map_err(|error| wrong(command, &error))?;
            let stdout = run.stdout.take();
            *child = Some(run);
            stdout.map(|stdout| Stream::From(Reader::Own(Box::new(BufReader::with_capacity(CHUNK, stdout)))))
        }
        (Place::Command(command), false) => {
            let target =
                Target::open(Some(&format!("|{command}"))).map_err(|error| wrong(command, &error))?;
            Some(Stream::To(target))
        }
    })
}
