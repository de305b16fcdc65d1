//! Recording a check, or saying why it was not recorded.

use super::files::Context;
use super::finding::{Finding, Severity};
use super::record::{Record, Sums};
use crate::text;

/// Saves a record, unless something speaks against it.
pub fn keep(
    context: Context,
    sources: &Sums,
    outputs: &Sums,
    command: Option<&str>,
    against: Vec<Finding>,
) -> Vec<Finding> {
    let name = &context.check.name;
    if !against.is_empty() {
        let refused = Finding::new(Severity::Unknown, name, format!("{name}: not recorded"));
        return std::iter::once(refused).chain(against).collect();
    }
    let record = Record::new(command, sources.clone(), outputs.clone());
    let finding = match record.save(context.ground.records, name) {
        Ok(()) => {
            let (sources, outputs) =
                (text::count(sources.len(), "source"), text::count(outputs.len(), "output"));
            Finding::new(Severity::InStep, name, format!("{name}: recorded {sources} and {outputs}"))
        }
        Err(error) => Finding::new(Severity::Unknown, name, format!("{name}: not recorded, {error}")),
    };
    vec![finding]
}
