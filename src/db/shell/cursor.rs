//! `FETCH_COUNT`: a result in parts, through a cursor (psql's `ExecQueryUsingCursor`).

use std::time::Instant;

use super::Shell;
use super::answer::{Got, Keep, Sent};
use super::output::Target;
use crate::db::print::{self, Options};

impl Shell<'_> {
    /// Shows the rows of a SELECT, `count` at a time.
    pub(super) fn by_cursor(&mut self, query: &str, count: usize) -> bool {
        let begun = Instant::now();
        let own = self.status() == b'I';
        if own && !self.unseen("BEGIN") {
            return false;
        }
        let declare = format!("DECLARE _psql_cursor NO SCROLL CURSOR FOR\n{query}");
        let mut done = self.plainly(&declare).is_some();
        if done {
            let count = if self.once.set.is_some() { 2 } else { count };
            done = self.fetch(count);
            if self.status() != b'E' {
                done &= self.unseen("CLOSE _psql_cursor");
            }
        }
        if own {
            done &= self.unseen(if done { "COMMIT" } else { "ROLLBACK" });
        }
        self.elapsed = begun.elapsed();
        done
    }

    /// Runs a statement and gives its one result; nothing, with its error told, if it failed.
    fn plainly(&mut self, sql: &str) -> Option<Got> {
        let connection = self.connection.as_mut()?;
        if let Err(error) = connection.send(sql.as_bytes()) {
            self.lost(&error);
            return None;
        }
        let mut first = None;
        let keep = if self.once.set.is_some() { Keep::Plain } else { Keep::Shown };
        let mut sent = Sent::new(sql, keep);
        loop {
            match self.got(&mut sent) {
                Got::End => return first.filter(|_| self.connection.is_some()),
                Got::Failed(message) => {
                    self.failed(message, sql);
                    self.pass(&mut sent);
                    return None;
                }
                got => first = first.or(Some(got)),
            }
        }
    }

    fn fetch(&mut self, count: usize) -> bool {
        let mut file: Option<Target> = None;
        if let Some(name) = self.once.file.clone()
            && !self.open_once(&name, &mut file)
        {
            return false;
        }
        let sql = format!("FETCH FORWARD {count} FROM _psql_cursor");
        let mut options = Options { stop: false, fetched: true, ..self.look.options.clone() };
        loop {
            let Some(Got::Rows(rows, _)) = self.plainly(&sql) else { return false };
            if self.once.set.is_some() {
                return self.store(&rows);
            }
            let found = rows.table.rows();
            options.stop = found < count;
            match &mut file {
                Some(target) => self.output.to(target, |out| print::table(&rows.table, &options, 0, out)),
                None => self.show(&rows.table, &options),
            }
            self.output.flush();
            options.start = false;
            options.prior += found as u64;
            if found < count || self.output.closed {
                break;
            }
        }
        self.set_result(Some(&options.prior.to_string()));
        file.is_none_or(|file| file.close().is_ok())
    }
}
