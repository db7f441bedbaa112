//! From BuildKit's messages about a build to our events, and to the error of the step that failed.

use std::collections::HashMap;

use bollard_buildkit_proto::google::protobuf::Timestamp;
use bollard_buildkit_proto::moby::buildkit::v1::{
    StatusResponse, Vertex, VertexLog, VertexStatus, VertexWarning,
};
use porter_cnab::ports::{BuildEvent, BuildProgress};

use crate::DockerError;

/// Most of a step's output that is kept for the case that it fails: more than BuildKit passes on.
const LONGEST_LOG: usize = 4 << 20;

/// Most steps that are remembered; the longest Dockerfiles have a few hundred.
const MOST_STEPS: usize = 10_000;

/// Follows the steps of one build.
pub(super) struct Tracker<'a> {
    progress: &'a dyn BuildProgress,
    steps: HashMap<String, Step>,
    failed: Option<(String, String, Vec<u8>)>,
}

#[derive(Default)]
struct Step {
    name: String,
    state: State,
    log: Vec<u8>,
}

#[derive(Default, PartialEq)]
enum State {
    #[default]
    Waiting,
    Running,
    Ended,
}

impl<'a> Tracker<'a> {
    pub(super) fn new(progress: &'a dyn BuildProgress) -> Self {
        Self {
            progress,
            steps: HashMap::new(),
            failed: None,
        }
    }

    /// The error of the step that failed first.
    pub(super) fn failure(self) -> Option<DockerError> {
        self.failed
            .map(|(name, reason, log)| DockerError::StepFailed { name, reason, log })
    }

    /// Takes one message.
    pub(super) fn take(&mut self, message: StatusResponse) {
        // The end of a step comes with its last output: the output is told first.
        let (ended, others): (Vec<_>, Vec<_>) = message
            .vertexes
            .into_iter()
            .partition(|vertex| vertex.completed.is_some());
        for vertex in others.iter().chain(&ended) {
            self.started(vertex);
        }
        for status in message.statuses {
            self.moved(status);
        }
        for log in message.logs {
            self.wrote(log);
        }
        for vertex in ended {
            self.ended(&vertex);
        }
        for warning in message.warnings {
            self.warned(&warning);
        }
    }

    fn started(&mut self, vertex: &Vertex) {
        let is_known = self.steps.contains_key(&vertex.digest);
        if vertex.started.is_none() || (!is_known && self.steps.len() >= MOST_STEPS) {
            return;
        }
        let step = self.steps.entry(vertex.digest.clone()).or_default();
        // A step that ended may begin again when what it gave was not kept.
        let again = step.state == State::Ended && vertex.completed.is_none();
        if step.state == State::Waiting || again {
            step.state = State::Running;
            step.name.clone_from(&vertex.name);
            let (step, name) = (vertex.digest.clone(), vertex.name.clone());
            self.progress.event(BuildEvent::Started { step, name });
        }
    }

    fn ended(&mut self, vertex: &Vertex) {
        let Some(step) = self.steps.get_mut(&vertex.digest) else {
            return;
        };
        if step.state != State::Running {
            return;
        }
        step.state = State::Ended;
        let log = std::mem::take(&mut step.log);
        // Steps that were stopped because another one failed are not the cause of anything.
        let is_cause = !vertex.error.is_empty() && !vertex.error.contains("context canceled");
        if is_cause && self.failed.is_none() {
            self.failed = Some((vertex.name.clone(), vertex.error.clone(), log));
        }
        self.progress.event(BuildEvent::Finished {
            step: vertex.digest.clone(),
            cached: vertex.cached,
            error: Some(vertex.error.clone()).filter(|error| !error.is_empty()),
            milliseconds: milliseconds(vertex.started.as_ref(), vertex.completed.as_ref()),
        });
    }

    fn moved(&mut self, status: VertexStatus) {
        let name = if status.name.is_empty() {
            status.id
        } else {
            status.name
        };
        self.progress.event(BuildEvent::Progress {
            step: status.vertex,
            name,
            current: status.current,
            total: status.total,
        });
    }

    fn wrote(&mut self, log: VertexLog) {
        if let Some(step) = self.steps.get_mut(&log.vertex) {
            let room = LONGEST_LOG
                .saturating_sub(step.log.len())
                .min(log.msg.len());
            step.log
                .extend_from_slice(log.msg.get(..room).unwrap_or_default());
        }
        self.progress.event(BuildEvent::Log {
            step: log.vertex,
            bytes: log.msg,
        });
    }

    fn warned(&mut self, warning: &VertexWarning) {
        let text = String::from_utf8_lossy(&warning.short).into_owned();
        self.progress.event(BuildEvent::Warning { text });
    }
}

fn milliseconds(from: Option<&Timestamp>, to: Option<&Timestamp>) -> u64 {
    let time = |stamp: &Timestamp| {
        stamp
            .seconds
            .saturating_mul(1000)
            .saturating_add(i64::from(stamp.nanos) / 1_000_000)
    };
    match (from, to) {
        (Some(from), Some(to)) => time(to).saturating_sub(time(from)).try_into().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Events(Mutex<Vec<BuildEvent>>);

    impl BuildProgress for Events {
        fn event(&self, event: BuildEvent) {
            self.0.lock().unwrap().push(event);
        }
    }

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp { seconds, nanos: 0 })
    }

    fn vertex(name: &str, ended: Option<Timestamp>, error: &str) -> Vertex {
        Vertex {
            digest: format!("sha256:{name}"),
            name: name.to_owned(),
            started: at(1),
            completed: ended,
            error: error.to_owned(),
            ..Vertex::default()
        }
    }

    fn log(name: &str, text: &str) -> VertexLog {
        VertexLog {
            vertex: format!("sha256:{name}"),
            msg: text.as_bytes().to_vec(),
            ..VertexLog::default()
        }
    }

    #[test]
    fn a_step_is_told_once_and_its_output_before_its_end() {
        let events = Events::default();
        let mut tracker = Tracker::new(&events);
        let running = vec![vertex("a", None, "")];
        tracker.take(StatusResponse {
            vertexes: running.clone(),
            ..Default::default()
        });
        tracker.take(StatusResponse {
            vertexes: running,
            ..Default::default()
        });
        tracker.take(StatusResponse {
            vertexes: vec![vertex("a", at(3), "")],
            logs: vec![log("a", "out")],
            ..Default::default()
        });
        tracker.take(StatusResponse {
            vertexes: vec![vertex("a", at(3), "")],
            ..Default::default()
        });
        assert!(tracker.failure().is_none());
        let step = "sha256:a".to_owned();
        assert_eq!(
            *events.0.lock().unwrap(),
            [
                BuildEvent::Started {
                    step: step.clone(),
                    name: "a".to_owned()
                },
                BuildEvent::Log {
                    step: step.clone(),
                    bytes: b"out".to_vec()
                },
                BuildEvent::Finished {
                    step,
                    cached: false,
                    error: None,
                    milliseconds: 2000
                },
            ]
        );
    }

    #[test]
    fn the_cause_is_the_step_that_failed_not_those_that_were_stopped() {
        let events = Events::default();
        let mut tracker = Tracker::new(&events);
        tracker.take(StatusResponse {
            vertexes: vec![
                vertex("stopped", at(2), "x: context canceled"),
                vertex("a", None, ""),
            ],
            logs: vec![log("a", "why")],
            ..Default::default()
        });
        tracker.take(StatusResponse {
            vertexes: vec![
                vertex("a", at(2), "exit code: 3"),
                vertex("b", at(2), "later"),
            ],
            ..Default::default()
        });
        match tracker.failure() {
            Some(DockerError::StepFailed { name, reason, log }) => {
                assert_eq!(
                    (name.as_str(), reason.as_str(), log.as_slice()),
                    ("a", "exit code: 3", &b"why"[..])
                );
            }
            other => panic!("{other:?}"),
        }
    }
}
