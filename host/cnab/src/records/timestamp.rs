//! Times as RFC 3339 text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment, in UTC, to the nanosecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// The present moment by the system's clock.
    pub fn now() -> Self {
        Self(OffsetDateTime::now_utc())
    }

    /// Reads RFC 3339 text of any offset.
    pub fn parse(text: &str) -> Option<Self> {
        let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let time = time.checked_to_offset(time::UtcOffset::UTC)?;
        // Of other years there is no text.
        (0..=9999).contains(&time.year()).then_some(Self(time))
    }

    /// The moment this many nanoseconds after 1970.
    pub fn from_unix_nanoseconds(nanoseconds: i64) -> Self {
        let epoch = OffsetDateTime::UNIX_EPOCH;
        Self(epoch.saturating_add(time::Duration::nanoseconds(nanoseconds)))
    }

    /// Nanoseconds after 1970; what does not fit (years before 1677, after 2262) is cut.
    pub fn unix_nanoseconds(self) -> i64 {
        let nanoseconds = self.0.unix_timestamp_nanos();
        let bounded = nanoseconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        i64::try_from(bounded).unwrap_or_default()
    }

    /// The time itself, for those who show it.
    pub fn date_time(self) -> OffsetDateTime {
        self.0
    }

    /// This moment and so many seconds.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(time::Duration::seconds(seconds)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.format(&Rfc3339) {
            Ok(text) => f.write_str(&text),
            Err(_) => write!(f, "{}", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.format(&Rfc3339).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("expected a time of RFC 3339"))
    }
}
