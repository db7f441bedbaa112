//! An HTTP API that gives canned answers.

use std::collections::BTreeMap;

use crate::case::{Answer, Case, Request};

/// The API of a case, and what it was asked.
#[derive(Debug, Clone, Default)]
pub struct Api {
    files: BTreeMap<String, String>,
    answers: Option<Vec<Answer>>,
    requests: Vec<Request>,
}

/// What the API answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Status.
    pub status: u16,
    /// Body.
    pub body: String,
}

impl Api {
    /// The API of `case`.
    pub fn of(case: &Case) -> Self {
        Self {
            files: case.files.clone(),
            answers: case.http.clone(),
            requests: Vec::new(),
        }
    }

    /// Asks; `None` where nothing listens.
    pub fn ask(&mut self, request: Request) -> Option<Response> {
        let answers = self.answers.as_mut()?;
        let fits = |answer: &&mut Answer| {
            answer.method == request.method
                && answer.path == request.path
                && answer.times != Some(0)
        };
        let found = answers.iter_mut().find(fits);
        let response = found.map(|answer| {
            answer.times = answer.times.map(|times| times - 1);
            Response {
                status: answer.status,
                body: answer.body.clone(),
            }
        });
        self.requests.push(request);
        Some(response.unwrap_or(Response {
            status: 404,
            body: String::new(),
        }))
    }

    /// A file that a program sends it.
    pub fn file(&self, path: &str) -> Option<&String> {
        self.files.get(path)
    }

    /// What it was asked.
    pub fn into_requests(self) -> Vec<Request> {
        self.requests
    }
}
