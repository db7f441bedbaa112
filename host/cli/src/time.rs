//! Times as Porter's tables show them.

use porter_cnab::records::Timestamp;

/// `now`, `N seconds ago`, … below a day, else the date.
pub(crate) fn ago(time: Timestamp, now: Timestamp) -> String {
    let seconds = (now.unix_nanoseconds() - time.unix_nanoseconds()) / 1_000_000_000;
    match seconds {
        ..=0 => "now".to_owned(),
        1..60 => counted(seconds, "second"),
        60..3600 => counted(seconds / 60, "minute"),
        3600..86_400 => counted(seconds / 3600, "hour"),
        _ => {
            let date = time.date_time().date();
            format!(
                "{:04}-{:02}-{:02}",
                date.year(),
                u8::from(date.month()),
                date.day()
            )
        }
    }
}

fn counted(number: i64, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_a_day_it_is_relative() {
        let time = Timestamp::parse("2026-01-02T03:04:05Z").unwrap();
        let after = |seconds| ago(time, time.plus_seconds(seconds));
        assert_eq!(after(0), "now");
        assert_eq!(after(1), "1 second ago");
        assert_eq!(after(59), "59 seconds ago");
        assert_eq!(after(60), "1 minute ago");
        assert_eq!(after(7200), "2 hours ago");
        assert_eq!(after(86_400), "2026-01-02");
    }
}
