//! The template parser: a table of texts, and properties.

use porter_runbook::Segment;
use porter_runbook::template::{Delimiters, Position, TemplateFault, parse, parse_at};
use proptest::prelude::*;

/// Writes segments in a short notation: literals as they are, `<name>`, `[#name …]`.
fn show(segments: &[Segment]) -> String {
    segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => text.clone(),
            Segment::Variable(expression) => format!("<{}>", expression.path.join("/")),
            Segment::Section {
                of,
                inverted,
                content,
            } => {
                let kind = if *inverted { '^' } else { '#' };
                format!("[{kind}{} {}]", of.path.join("/"), show(content))
            }
        })
        .collect()
}

fn dollar(text: &str) -> Result<String, TemplateFault> {
    parse_at(text, &Delimiters::dollar(), Position { line: 1, column: 1 })
        .map(|segments| show(&segments))
        .map_err(|error| error.fault)
}

#[test]
fn texts_become_segments() {
    let table = [
        ("", ""),
        ("plain $HOME $(date) {x}", "plain $HOME $(date) {x}"),
        ("${a}", "<a>"),
        ("${ bundle.parameters.size }", "<bundle/parameters/size>"),
        ("a ${b} c ${ d.e }", "a <b> c <d/e>"),
        ("${&a}${& b }", "<a><b>"),
        ("${{ a }}", "<a>"),
        ("$${a}", "$<a>"),
        ("x${! a remark }y", "xy"),
        ("${! alone }", ""),
        ("${#a}on ${b}${/a}${^a}off${/ a }", "[#a on <b>][^a off]"),
        ("${#a}${.}${/a}", "[#a <.>]"),
        ("${=<% %>=}${HOME} <%x%>", "${HOME} <x>"),
        ("1\n  ${#a}  \n2\n${/a}\r\n3", "1\n[#a 2\n]3"),
        ("1 ${#a}\n2\n${/a}", "1 [#a \n2\n]"),
        ("line\n  ${! remark }\nnext", "line\nnext"),
        ("ż${ź}ó", "ż<ź>ó"),
    ];
    for (text, expected) in table {
        assert_eq!(dollar(text).as_deref(), Ok(expected), "{text:?}");
    }
    let braces = parse_at(
        "${x} {{a}} {{{ b }}}",
        &Delimiters::braces(),
        Position::default(),
    );
    assert_eq!(show(&braces.unwrap()), "${x} <a> <b>");
}

#[test]
fn mistakes_have_a_fault_and_a_place() {
    let name = |text: &str| text.to_owned();
    let table = [
        ("${}", TemplateFault::EmptyTag, 0),
        ("ab ${ # }", TemplateFault::EmptyTag, 3),
        ("ab ${x", TemplateFault::UnclosedTag(name("${x")), 3),
        ("${#a}text", TemplateFault::UnclosedSection(name("a")), 0),
        ("text${/a}", TemplateFault::UnopenedSection(name("a")), 4),
        (
            "${#a}${#b}${/a}${/b}",
            TemplateFault::CrossedSections {
                open: name("b"),
                found: name("a"),
            },
            10,
        ),
        ("${> file }", TemplateFault::Partial(name("${> file }")), 0),
        ("${=<%=}", TemplateFault::Delimiters(name("${=<%=}")), 0),
    ];
    for (text, fault, offset) in table {
        let error = parse(text, &Delimiters::dollar(), &mut |offset, _| Position {
            line: 7,
            column: u32::try_from(offset).unwrap(),
        })
        .unwrap_err();
        assert_eq!(
            (error.fault, error.at.column, error.at.line),
            (fault, offset, 7),
            "{text:?}"
        );
    }
}

#[test]
fn sections_nest_to_a_limit() {
    let nested = |depth| "${#a}".repeat(depth) + &"${/a}".repeat(depth);
    assert!(dollar(&nested(64)).is_ok());
    assert_eq!(dollar(&nested(65)), Err(TemplateFault::TooDeep));
    assert_eq!(dollar(&nested(1_000_000)), Err(TemplateFault::TooDeep));
}

proptest! {
    #[test]
    fn any_text_gives_an_answer(text in r"([ -~]|\n|ż|\$\{[#^/&!={]?|\}|=)*") {
        let _ = dollar(&text);
        let _ = parse_at(&text, &Delimiters::braces(), Position::default());
    }

    #[test]
    fn text_without_tags_is_kept(text in r"([^{}$]|\n|\$[a-z(]|[a-z]\{|\}){0,60}") {
        prop_assert_eq!(dollar(&text), Ok(text));
    }

    #[test]
    fn a_variable_between_texts_is_found(
        before in "[^{$]{0,20}", name in "[a-z]{1,8}(\\.[a-z]{1,8}){0,3}", after in "[^{$]{0,20}",
    ) {
        let shown = dollar(&format!("{before}${{ {name} }}{after}"));
        prop_assert_eq!(shown, Ok(format!("{before}<{}>{after}", name.replace('.', "/"))));
    }
}
