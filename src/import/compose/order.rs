//! Services that need each other: compose refuses them, and so would the manifest.

use std::collections::HashSet;

use super::service::Service;
use crate::import::error::Fault;

/// Notes the first circle, if there is one.
pub fn check(services: &[Service], faults: &mut Vec<Fault>) {
    let mut done = HashSet::new();
    for service in services {
        let mut path = vec![service];
        if let Some(circle) = find(services, &mut path, &mut done) {
            let edge = |(at, service): (usize, &&Service)| {
                let next = &circle[(at + 1) % circle.len()].unit;
                service.needs.iter().find(|need| need.unit == *next).map_or(service.span, |need| need.span)
            };
            let names = circle.iter().map(|service| service.unit.clone()).collect();
            return faults.push(Fault::Circle {
                verb: "need",
                names,
                spans: circle.iter().enumerate().map(edge).collect(),
            });
        }
    }
}

/// Walks on from the end of the path, without recursion: a file may hold a long chain.
fn find<'a>(
    services: &'a [Service],
    path: &mut Vec<&'a Service>,
    done: &mut HashSet<&'a str>,
) -> Option<Vec<&'a Service>> {
    let mut next = vec![0];
    while let (Some(service), Some(index)) = (path.last().copied(), next.last_mut()) {
        let need = service.needs.get(*index).filter(|_| !done.contains(service.unit.as_str()));
        *index += 1;
        let Some(need) = need else {
            done.insert(&service.unit);
            path.pop();
            next.pop();
            continue;
        };
        if let Some(at) = path.iter().position(|service| service.unit == need.unit) {
            return Some(path.split_off(at));
        }
        if let Some(service) = services.iter().find(|service| service.unit == need.unit) {
            path.push(service);
            next.push(0);
        }
    }
    None
}
