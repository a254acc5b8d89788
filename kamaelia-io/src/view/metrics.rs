//! Numbers for a monitoring system, in the text format of Prometheus.
//!
//! The format is [version 0.0.4](https://prometheus.io/docs/instrumenting/exposition_formats/). What
//! an ever-growing number counts is a counter and ends in `_total`; all else is a gauge. Units are
//! seconds and bytes, and part of the name.

use std::collections::BTreeMap;
use std::fmt::Write;

use axon_core::inspect::{Snapshot, State};

/// What the text is, for HTTP.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Whether a number only ever grows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// It does; its name ends in `_total`.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// Families of numbers, each with its name, its kind, and a sentence that says what it is.
#[derive(Debug, Default)]
pub struct Metrics {
    /// In the order they came.
    families: Vec<Family>,
}

#[derive(Debug)]
struct Family {
    name: &'static str,
    kind: Kind,
    help: &'static str,
    /// By labels, as written. Two of the same labels are added: there must not be two.
    samples: BTreeMap<String, f64>,
}

impl Metrics {
    /// One number. Families are made of all numbers of the same name, which should have the same kind
    /// and the same help. Labels may have any values.
    pub fn add(
        &mut self,
        name: &'static str,
        kind: Kind,
        help: &'static str,
        labels: &[(&'static str, &str)],
        value: f64,
    ) {
        debug_assert_eq!(kind == Kind::Counter, name.ends_with("_total"), "{name}");
        let at = self.families.iter().position(|family| family.name == name);
        let at = at.unwrap_or_else(|| {
            self.families.push(Family { name, kind, help, samples: BTreeMap::new() });
            self.families.len() - 1
        });
        *self.families[at].samples.entry(written(labels)).or_default() += value;
    }

    /// What a graph says of itself.
    pub(super) fn measure_graph(&mut self, graph: &Snapshot) {
        use Kind::{Counter, Gauge};
        let since = graph.taken_at.as_secs_f64();
        self.add("axon_graph_seconds", Gauge, "Time since the graph started.", &[], since);
        for state in ["ready", "waiting", "paused", "ended", "failed"] {
            let count = graph.components.iter().filter(|one| word(&one.state) == state).count();
            self.add(
                "axon_components",
                Gauge,
                "Components by what they do.",
                &[("state", state)],
                count as f64,
            );
        }
        let stuck = graph.stuck().len() as f64;
        self.add("axon_components_stuck", Gauge, "Components that nobody will wake.", &[], stuck);
        for one in &graph.components {
            self.add(
                "axon_component_restarts_total",
                Counter,
                "How often a component failed and was begun again.",
                &[("component", &one.name)],
                one.restarts as f64,
            );
        }
        for link in &graph.links {
            let (from, to) = (link.from.to_string(), link.to.to_string());
            let labels = [("from", &*from), ("to", &*to)];
            let mut count = |name, help, count: u64| {
                self.add(name, Counter, help, &labels, count as f64);
            };
            count("axon_link_sent_total", "Messages put into a link.", link.sent);
            count("axon_link_taken_total", "Messages taken out of a link.", link.taken);
            count("axon_link_dropped_total", "Messages a link threw away.", link.dropped);
            let mut gauge = |name, help, value| self.add(name, Gauge, help, &labels, value);
            gauge("axon_link_depth", "Messages in a link.", link.depth as f64);
            gauge("axon_link_capacity", "Messages a link can hold.", link.capacity as f64);
            if let Some(blocked) = link.blocked {
                self.add(
                    "axon_link_blocked_seconds_total",
                    Counter,
                    "Time a link's sender waited for room.",
                    &labels,
                    blocked.as_secs_f64(),
                );
            }
        }
    }

    /// All of it.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        for Family { name, kind, help, samples } in &self.families {
            let kind = if *kind == Kind::Counter { "counter" } else { "gauge" };
            let help = help.replace('\\', "\\\\").replace('\n', "\\n");
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
            for (labels, value) in samples {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        }
        text
    }
}

fn word(state: &State) -> &'static str {
    match state {
        State::Ready => "ready",
        State::Waiting(_) => "waiting",
        State::Paused => "paused",
        State::Ended { failed: true, .. } => "failed",
        // There is no other kind of end.
        _ => "ended",
    }
}

fn written(labels: &[(&'static str, &str)]) -> String {
    let label = |(name, value): &(&str, &str)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{name}=\"{value}\"")
    };
    match labels {
        [] => String::new(),
        labels => format!("{{{}}}", labels.iter().map(label).collect::<Vec<_>>().join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_says_once_what_it_is_and_labels_are_escaped() {
        let mut metrics = Metrics::default();
        let nasty = "say \"so\"\\\nnow é";
        metrics.add("a_total", Kind::Counter, "Of\na \\kind.", &[("name", nasty)], 2.0);
        metrics.add("b_bytes", Kind::Gauge, "Another.", &[], 0.5);
        metrics.add("a_total", Kind::Counter, "Of\na \\kind.", &[("name", "x"), ("to", "y")], 1.0);
        assert_eq!(
            metrics.to_text(),
            "# HELP a_total Of\\na \\\\kind.\n# TYPE a_total counter\n\
             a_total{name=\"say \\\"so\\\"\\\\\\nnow é\"} 2\na_total{name=\"x\",to=\"y\"} 1\n\
             # HELP b_bytes Another.\n# TYPE b_bytes gauge\nb_bytes 0.5\n"
        );
    }

    #[test]
    fn two_of_the_same_labels_are_one_number() {
        let mut metrics = Metrics::default();
        for value in [1.0, 2.0] {
            metrics.add("a", Kind::Gauge, "A.", &[("b", "c")], value);
        }
        assert!(metrics.to_text().ends_with("a{b=\"c\"} 3\n"));
    }
}
