//! Tables as Porter prints them (`cli.md` §5.1 of the compatibility reference).

use std::fmt::Write as _;

use porter_mixin::escape::escape;
use unicode_width::UnicodeWidthStr;

/// Visible columns at which a cell is wrapped.
const WRAP: usize = 28;
/// Characters after which a cell of a `Value` column is cut.
const VALUE: usize = 60;

/// A table under construction.
#[derive(Debug)]
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<Vec<String>>>,
}

impl Table {
    /// A table with this header and no rows.
    pub(crate) fn new(header: &[&str]) -> Self {
        Self {
            header: header.iter().map(|name| (*name).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row. Texts are untrusted: control characters are shown escaped.
    pub(crate) fn row(&mut self, cells: &[&str]) {
        let cells = cells.iter().zip(&self.header).map(|(cell, header)| {
            if header.eq_ignore_ascii_case("value") {
                vec![cut(&escape(&cell.replace('\n', " ")), VALUE)]
            } else {
                wrap(cell, WRAP)
            }
        });
        self.rows.push(cells.collect());
    }

    /// Whether it has no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as text, ending in a newline.
    pub(crate) fn render(&self) -> String {
        let widths = self.widths();
        let rule = "─".repeat(widths.iter().map(|width| width + 2).sum());
        let mut text = format!("{rule}\n");
        line(&mut text, &widths, self.header.iter().map(String::as_str));
        // Below the header of an empty table there is no rule.
        if !self.rows.is_empty() {
            let _ = writeln!(text, "{rule}");
        }
        for row in &self.rows {
            let height = row.iter().map(Vec::len).max().unwrap_or(1);
            for number in 0..height {
                let cells = row
                    .iter()
                    .map(|cell| cell.get(number).map_or("", String::as_str));
                line(&mut text, &widths, cells);
            }
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.header.iter().map(|name| width(name)).collect();
        for row in &self.rows {
            for (cell, known) in row.iter().zip(&mut widths) {
                let widest = cell.iter().map(|line| width(line)).max().unwrap_or(0);
                *known = (*known).max(widest);
            }
        }
        widths
    }
}

fn line<'a>(text: &mut String, widths: &[usize], cells: impl Iterator<Item = &'a str>) {
    for (cell, known) in cells.zip(widths) {
        let padding = known.saturating_sub(width(cell));
        let _ = write!(text, " {cell}{} ", " ".repeat(padding));
    }
    text.push('\n');
}

/// Columns that a text takes on a terminal.
fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

fn cut(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 3).collect();
    format!("{kept}...")
}

/// Breaks a text at its line feeds, and each line as [`wrap_line`] does.
fn wrap(text: &str, most: usize) -> Vec<String> {
    text.split('\n')
        .flat_map(|line| wrap_line(line, most))
        .collect()
}

/// Breaks a line at its blanks so that the squares of the unused columns are least, the last line
/// being free. Blanks between words become one, those before the first stay. A word that is longer
/// than a line makes all lines that long.
fn wrap_line(text: &str, most: usize) -> Vec<String> {
    let words: Vec<String> = text.split_whitespace().map(escape).collect();
    if words.is_empty() {
        return vec![String::new()];
    }
    let longest = words.iter().map(|word| width(word)).max().unwrap_or(0);
    let mut lines = fill(&words, most.max(longest));
    let blanks = text.chars().take_while(|letter| letter.is_whitespace());
    lines[0].insert_str(0, &" ".repeat(blanks.count()));
    lines
}

fn fill(words: &[String], most: usize) -> Vec<String> {
    // cost[i]: least cost of the words from i on; next[i]: first word of the following line.
    let mut cost = vec![0_usize; words.len() + 1];
    let mut next = vec![words.len(); words.len() + 1];
    for start in (0..words.len()).rev() {
        let mut best = None;
        let mut length = 0;
        for end in start + 1..=words.len() {
            length += width(&words[end - 1]) + usize::from(end > start + 1);
            if length > most && end > start + 1 {
                break;
            }
            let slack = most.saturating_sub(length);
            let own = if end == words.len() { 0 } else { slack * slack };
            let total = own + cost[end];
            if best.is_none_or(|(least, _)| total < least) {
                best = Some((total, end));
            }
        }
        if let Some((total, end)) = best {
            cost[start] = total;
            next[start] = end;
        }
    }
    let mut lines = Vec::new();
    let mut start = 0;
    while start < words.len() {
        lines.push(words[start..next[start]].join(" "));
        start = next[start];
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_table_is_its_header() {
        let table = Table::new(&["NAMESPACE", "NAME"]);
        assert_eq!(table.render(), "─────────────────\n NAMESPACE  NAME \n");
    }

    #[test]
    fn cells_are_padded_and_values_cut() {
        let mut table = Table::new(&["Name", "Value"]);
        table.row(&["a-long-name", &"x".repeat(70)]);
        let text = table.render();
        assert!(
            text.contains(&format!(" a-long-name  {}... \n", "x".repeat(57))),
            "{text}"
        );
        assert!(text.contains(" Name         Value"), "{text}");
    }

    #[test]
    fn long_cells_wrap_evenly() {
        let lines = wrap(
            "How many instances to record in the journal of this bundle",
            28,
        );
        assert!(lines.iter().all(|line| line.len() <= 28), "{lines:?}");
        assert_eq!(
            lines.join(" "),
            "How many instances to record in the journal of this bundle"
        );
    }

    #[test]
    fn lines_stay_lines_and_wide_characters_count_twice() {
        let lines = wrap("first\n  second   line", 28);
        assert_eq!(lines, ["first", "  second line"]);
        assert_eq!(wrap("龍龍龍 龍龍", 8), ["龍龍龍", "龍龍"]);
        assert_eq!(wrap("", 8), [""]);
    }

    #[test]
    fn control_characters_cannot_draw() {
        let mut table = Table::new(&["Name"]);
        table.row(&["a\u{1b}[2Jb"]);
        assert!(!table.render().contains('\u{1b}'));
    }
}
