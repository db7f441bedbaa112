//! The reference of the interface, as Markdown.

use std::fmt::Write as _;

use wit_bindgen_core::wit_parser::{
    Docs, Function, Interface, PackageId, Resolve, Type, TypeDefKind, TypeId,
};

use crate::process::Outcome;

const HEAD: &str = "\
<!-- Made from `wit/` by `cargo xtask interface`; changes here are lost. -->

# The interface

What a mixin is asked, what it may answer, and what each part of an answer means. This page is made
from the file that defines the interface, [`mixin.wit`](WIT): that file is the contract, and tools
for many languages read it. `porter mixins create` writes what your language needs, and
[the tutorial](tutorial.md) begins with it. In Rust [the SDK](sdk.md) has a type for each of these.

";

/// The page of all interfaces of a package.
pub(super) fn page(resolve: &Resolve, package: PackageId) -> Outcome<String> {
    let package = &resolve.packages[package];
    let wit = super::WIT;
    let mut page = HEAD.replace("WIT", &format!("../../{wit}"));
    let _ = writeln!(page, "## `{}`\n", package.name);
    for paragraph in comment(&package.docs, &package.name.to_string())?.split("\n\n") {
        page.push_str(&heading(paragraph));
    }
    for (name, interface) in &package.interfaces {
        let interface = &resolve.interfaces[*interface];
        Writer { resolve, interface }.interface(name, &mut page)?;
    }
    while page.ends_with("\n\n") {
        page.pop();
    }
    Ok(page)
}

/// `Paths. …` as a paragraph that begins with its subject.
fn heading(paragraph: &str) -> String {
    match paragraph.split_once(". ") {
        Some((subject, rest)) if !subject.contains('\n') && subject.len() < 30 => {
            format!("**{subject}.** {rest}\n\n")
        }
        _ => format!("{paragraph}\n\n"),
    }
}

/// The comment of something, which has to have one.
fn comment<'d>(docs: &'d Docs, what: &str) -> Outcome<&'d str> {
    let text = docs.contents.as_deref().unwrap_or_default().trim();
    if text.is_empty() {
        return Err(format!("`{what}` has no comment in {}", super::WIT));
    }
    Ok(text)
}

/// The same in a cell of a table.
fn cell(docs: &Docs, what: &str) -> Outcome<String> {
    Ok(comment(docs, what)?.replace('\n', " ").replace('|', "\\|"))
}

struct Writer<'r> {
    resolve: &'r Resolve,
    interface: &'r Interface,
}

impl Writer<'_> {
    fn interface(&self, name: &str, page: &mut String) -> Outcome {
        let text = comment(&self.interface.docs, name)?;
        let _ = writeln!(page, "## `{name}`\n\n{text}\n");
        for function in self.interface.functions.values() {
            let text = comment(&function.docs, &function.name)?;
            let _ = writeln!(
                page,
                "### `{}`\n\n{}\n\n{text}\n",
                function.name,
                self.signature(function)
            );
        }
        for (name, id) in &self.interface.types {
            self.definition(name, *id, page)?;
        }
        Ok(())
    }

    fn signature(&self, function: &Function) -> String {
        let parameters = function.params.iter();
        let parameters: Vec<String> = parameters
            .map(|parameter| format!("{}: {}", parameter.name, self.shown(parameter.ty)))
            .collect();
        let result = function
            .result
            .map(|result| format!(" → {}", self.shown(result)));
        format!("({}){}", parameters.join(", "), result.unwrap_or_default())
    }

    fn definition(&self, name: &str, id: TypeId, page: &mut String) -> Outcome {
        let definition = &self.resolve.types[id];
        let text = comment(&definition.docs, name)?;
        let inner = |inner: &str| format!("{name}.{inner}");
        let (kind, head, rows) = match &definition.kind {
            TypeDefKind::Record(record) => {
                let row = |field: &wit_bindgen_core::wit_parser::Field| {
                    let text = cell(&field.docs, &inner(&field.name))?;
                    let ty = self.shown(field.ty);
                    Ok(format!("| `{}` | {ty} | {text} |\n", field.name))
                };
                let rows: Outcome<String> = record.fields.iter().map(row).collect();
                ("record", "| field | type | |\n|---|---|---|\n", rows?)
            }
            TypeDefKind::Variant(variant) => {
                let row = |case: &wit_bindgen_core::wit_parser::Case| {
                    let text = cell(&case.docs, &inner(&case.name))?;
                    let ty = case.ty.map(|ty| self.shown(ty)).unwrap_or_default();
                    Ok(format!("| `{}` | {ty} | {text} |\n", case.name))
                };
                let rows: Outcome<String> = variant.cases.iter().map(row).collect();
                ("one of", "| case | holds | |\n|---|---|---|\n", rows?)
            }
            TypeDefKind::Enum(cases) => {
                let row = |case: &wit_bindgen_core::wit_parser::EnumCase| {
                    let text = cell(&case.docs, &inner(&case.name))?;
                    Ok(format!("| `{}` | {text} |\n", case.name))
                };
                let rows: Outcome<String> = cases.cases.iter().map(row).collect();
                ("one of", "| case | |\n|---|---|\n", rows?)
            }
            TypeDefKind::Type(ty) => {
                let _ = writeln!(page, "### `{name}`\n\n= {}. {text}\n", self.shown(*ty));
                return Ok(());
            }
            TypeDefKind::List(ty) => {
                let of = self.shown(*ty);
                let _ = writeln!(page, "### `{name}`\n\n= list of {of}. {text}\n");
                return Ok(());
            }
            other => {
                return Err(format!(
                    "`{name}` is a {}, which has no form here",
                    other.as_str()
                ));
            }
        };
        let _ = writeln!(page, "### `{name}`\n\n{kind}. {text}\n\n{head}{rows}");
        Ok(())
    }

    /// A type as text, the interface's own ones as links.
    fn shown(&self, ty: Type) -> String {
        let id = match ty {
            Type::Id(id) => id,
            Type::Bool => return "bool".to_owned(),
            Type::String => return "string".to_owned(),
            Type::U32 => return "u32".to_owned(),
            Type::S32 => return "s32".to_owned(),
            other => return format!("{other:?}").to_lowercase(),
        };
        let definition = &self.resolve.types[id];
        if let Some(name) = &definition.name {
            return format!("[{name}](#{name})");
        }
        match &definition.kind {
            TypeDefKind::List(inner) => format!("list of {}", self.shown(*inner)),
            TypeDefKind::Option(inner) => format!("{}, or nothing", self.shown(*inner)),
            TypeDefKind::Tuple(tuple) => {
                let parts: Vec<String> = tuple.types.iter().map(|ty| self.shown(*ty)).collect();
                format!("({})", parts.join(", "))
            }
            TypeDefKind::Result(result) => {
                let part =
                    |ty: Option<Type>| ty.map_or_else(|| "nothing".to_owned(), |ty| self.shown(ty));
                format!("{}, or the failure {}", part(result.ok), part(result.err))
            }
            other => other.as_str().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIT: &str = "\
        /// All of it.\n\
        package porter:mixin@9.0.0;\n\
        /// Asked.\n\
        interface guest {\n\
          /// A place.\n\
          record place {\n\
            /// In it, a|b.\n\
            line: option<u32>,\n\
          }\n\
          /// Where.\n\
          find: func(name: string) -> result<list<place>, string>;\n\
        }\n";

    #[test]
    fn functions_come_first_and_types_are_links() {
        let (resolve, package) = super::super::parse(WIT).unwrap();
        let page = page(&resolve, package).unwrap();
        let (_, rest) = page.split_once("## `porter:mixin@9.0.0`").unwrap();
        assert_eq!(
            rest,
            "\n\nAll of it.\n\n## `guest`\n\nAsked.\n\n### `find`\n\n(name: string) → list of \
             [place](#place), or the failure string\n\nWhere.\n\n### `place`\n\nrecord. A place.\n\n\
             | field | type | |\n|---|---|---|\n| `line` | u32, or nothing | In it, a\\|b. |\n"
        );
    }

    #[test]
    fn what_has_no_comment_is_an_error() {
        for comment in [
            "/// All of it.",
            "/// Asked.",
            "/// A place.",
            "/// In it, a|b.",
            "/// Where.",
        ] {
            let (resolve, package) = super::super::parse(&WIT.replace(comment, "")).unwrap();
            let error = page(&resolve, package).unwrap_err();
            assert!(error.contains("has no comment"), "{comment}: {error}");
        }
    }
}
