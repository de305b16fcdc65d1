//! What the record, the holder of the lock and the processes themselves say of a service, put together.

use super::badge::belongs;
use super::error::Error;
use super::folder::Folder;
use super::guard::Foreign;
use super::lock::{Holder, holder, moved};
use super::process::{Ident, world};
use super::record::{Found, Record, Step};
use super::tree::{Roots, Tree, look, look_closely};

/// Everything that is known of a service, before it is put into words.
#[derive(Debug)]
pub struct Facts {
    /// The state folder.
    pub folder: Folder,
    /// The record, or what could be rebuilt of it.
    pub record: Record,
    /// Who holds the lock, if that is not this process.
    pub holder: Option<Holder>,
    /// The leader, while it is alive.
    pub leader: Option<Ident>,
    /// What was found by its cookie, where the record is not to be trusted or names a dead leader.
    pub left: Vec<Ident>,
    /// Why the record is not believed.
    pub doubt: Option<String>,
}

impl Facts {
    /// Those of a service that never ran.
    pub fn none(folder: &Folder) -> Self {
        Self {
            folder: folder.clone(),
            record: Record::default().anew(),
            holder: None,
            leader: None,
            left: Vec::new(),
            doubt: None,
        }
    }

    /// Looks at the folder and the processes.
    pub fn gather(folder: &Folder) -> Result<Self, Error> {
        let foreign = folder.foreign("record.json");
        let found = if foreign.is_some() { Ok(Found::Nothing) } else { Record::load(folder) };
        let holder = holder(folder).filter(|holder| Some(holder.process) != Ident::own());
        let elsewhere = if let Ok(Found::Foreign(record)) = &found { elsewhere(record) } else { None };
        let found = found.map_err(|source| {
            Error::io(format!("read `{}`", folder.file("record.json").display()), source)
        })?;
        let (mut record, whole) = match found {
            Found::Record(record) => (*record, true),
            Found::Foreign(record) => (record.anew(), false),
            Found::Nothing | Found::Corrupt => (Record::default().anew(), false),
        };
        let doubt = foreign.as_ref().map(unbelieved).or(elsewhere);
        let doubt = doubt.or_else(|| drop_strangers(&mut record, folder));
        let trusted = whole && doubt.is_none();
        let mut facts =
            Self { folder: folder.clone(), leader: None, left: Vec::new(), record, holder, doubt };
        // What survived its end is left over, even if it is the first process: that run is over.
        let over = facts.record.step == Step::Left;
        facts.leader = facts.record.leader.filter(|leader| !over && leader.alive());
        if !trusted || facts.doubtful() {
            facts.rebuild(trusted)?;
        }
        Ok(facts)
    }

    /// Whether the record speaks of something that should be alive, and is not, with nobody there to deal with it.
    fn doubtful(&self) -> bool {
        let down = matches!(self.record.step, Step::Stopped | Step::Failed);
        self.leader.is_none() && self.supervisor().is_none() && !down
    }

    fn rebuild(&mut self, trusted: bool) -> Result<(), Error> {
        let known = std::mem::take(&mut self.record.left);
        let tree = self.look(&known)?;
        if self.holder.is_none() {
            self.holder = tree.supervisors.first().map(|process| Holder {
                process: *process,
                world: self.record.world.clone(),
                supervisor: true,
            });
        }
        self.leader = self.leader.or(tree.oldest.filter(|_| !trusted));
        if self.leader.is_some() {
            self.record.step = Step::Running;
            self.record.leader = self.leader;
        } else {
            self.left = tree.members;
        }
        Ok(())
    }

    /// Looks at every process for the tree of this service.
    pub fn look(&self, known: &[Ident]) -> Result<Tree, Error> {
        look(self.roots(known)).map_err(unseen)
    }

    /// The same, and whoever comes to be meanwhile is not overlooked.
    pub fn look_closely(&self, known: &[Ident]) -> Result<Tree, Error> {
        look_closely(self.roots(known)).map_err(unseen)
    }

    fn roots<'a>(&'a self, known: &'a [Ident]) -> Roots<'a> {
        let (leader, supervisor) = (self.record.leader, self.supervisor());
        Roots { dir: self.folder.path(), leader, supervisor, known }
    }

    /// The supervisor, while it is alive.
    pub fn supervisor(&self) -> Option<Ident> {
        self.holder.as_ref().filter(|holder| holder.supervisor).map(|holder| holder.process)
    }
}

fn unseen(source: std::io::Error) -> Error {
    Error::io("look at the processes of this machine", source)
}

/// Takes the living processes that are none of this service's out of a record; says so where its leader is one.
fn drop_strangers(record: &mut Record, folder: &Folder) -> Option<String> {
    let stranger = |process: &Ident| process.alive() && !belongs(*process, folder);
    record.left.retain(|process| !stranger(process));
    let leader = record.leader.take_if(|leader| stranger(leader))?;
    if let Some(moved) = moved(folder) {
        return Some(moved.to_string());
    }
    let leader = leader.described();
    Some(format!("its record names process {leader}, which is none of this service's and is left alone"))
}

/// What a record says that runs where pids mean something else; nothing after a reboot, for then it runs nowhere.
fn elsewhere(record: &Record) -> Option<String> {
    let boot = |world: &str| world.split(' ').next().map(str::to_owned);
    let runs = boot(&record.world) == boot(world()) && !matches!(record.step, Step::Stopped | Step::Failed);
    runs.then(|| "it was started in another pid namespace (a container, or the machine around it), whose processes cannot be seen from here".to_owned())
}

fn unbelieved(Foreign { path, why, remedy }: &Foreign) -> String {
    format!("its record is not believed: `{}` {why}; `{remedy}` mends it", path.display())
}
