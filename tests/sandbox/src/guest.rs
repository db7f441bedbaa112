//! Components from WAT.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::abi::{HEAP, Layout};

/// The released interface.
pub const WIT: &str = include_str!("../../../wit/v1.0.0/mixin.wit");

/// WASI 0.2, each package after those that it uses.
const WASI: [&str; 6] = [
    include_str!("../../../host/sandbox/wit/wasi/deps/io.wit"),
    include_str!("../../../host/sandbox/wit/wasi/deps/clocks.wit"),
    include_str!("../../../host/sandbox/wit/wasi/deps/random.wit"),
    include_str!("../../../host/sandbox/wit/wasi/deps/filesystem.wit"),
    include_str!("../../../host/sandbox/wit/wasi/deps/sockets.wit"),
    include_str!("../../../host/sandbox/wit/wasi/deps/cli.wit"),
];

/// A mixin in WAT. What is not set is good: `describe` answers, `lint`, `build` and `plan` return
/// empty lists.
#[derive(Debug, Clone)]
pub struct Guest {
    layout: Layout,
    describe: String,
    lint: String,
    build: String,
    plan: String,
    version: String,
    pages: u32,
    extra: String,
    imports: Vec<(String, String)>,
    sections: Vec<(String, Vec<u8>)>,
}

/// Schema of every guest here.
const SCHEMA: &str = r#"{"definitions":{"installStep":{},"upgradeStep":{},"uninstallStep":{}}}"#;

impl Guest {
    /// A good mixin.
    pub fn good() -> Self {
        let mut layout = Layout::new();
        let description = layout.description(SCHEMA, &["HOME"]);
        let empty = layout.ok_list(0, 0);
        let answer = |at: u32| format!("(i32.const {at})");
        Self {
            layout,
            describe: answer(description),
            lint: answer(empty),
            build: answer(empty),
            plan: answer(empty),
            version: "1.0.0".to_owned(),
            pages: 1,
            extra: String::new(),
            imports: Vec::new(),
            sections: Vec::new(),
        }
    }

    /// Sets the body of `describe`, which gives a pointer to a description.
    #[must_use]
    pub fn describe(mut self, body: &str) -> Self {
        self.describe = body.to_owned();
        self
    }

    /// Sets the body of `lint`, which gives a pointer to a result.
    #[must_use]
    pub fn lint(mut self, body: &str) -> Self {
        self.lint = body.to_owned();
        self
    }

    /// Sets the body of `build`, which gives a pointer to a result.
    #[must_use]
    pub fn build(mut self, body: &str) -> Self {
        self.build = body.to_owned();
        self
    }

    /// Sets the body of `plan`, which gives a pointer to a result. Parameters 4 and 5 are address
    /// and length of the step.
    #[must_use]
    pub fn plan(mut self, body: &str) -> Self {
        self.plan = body.to_owned();
        self
    }

    /// As [`Self::plan`], with data laid out by `make`, which gives the address of the result.
    #[must_use]
    pub fn plan_with(mut self, make: impl FnOnce(&mut Layout) -> u32) -> Self {
        let at = make(&mut self.layout);
        self.plan(&format!("(i32.const {at})"))
    }

    /// As [`Self::build`], with data laid out by `make`.
    #[must_use]
    pub fn build_with(mut self, make: impl FnOnce(&mut Layout) -> u32) -> Self {
        let at = make(&mut self.layout);
        self.build(&format!("(i32.const {at})"))
    }

    /// As [`Self::lint`], with data laid out by `make`.
    #[must_use]
    pub fn lint_with(mut self, make: impl FnOnce(&mut Layout) -> u32) -> Self {
        let at = make(&mut self.layout);
        self.lint(&format!("(i32.const {at})"))
    }

    /// As [`Self::describe`], with data laid out by `make`.
    #[must_use]
    pub fn describe_with(mut self, make: impl FnOnce(&mut Layout) -> u32) -> Self {
        let at = make(&mut self.layout);
        self.describe(&format!("(i32.const {at})"))
    }

    /// Lays out data without using it for an answer; gives its address.
    pub fn data(&mut self, make: impl FnOnce(&mut Layout) -> u32) -> u32 {
        make(&mut self.layout)
    }

    /// Sets the version of the interface it is built against.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        self.version = version.to_owned();
        self
    }

    /// Sets the pages of memory it begins with.
    #[must_use]
    pub fn pages(mut self, pages: u32) -> Self {
        self.pages = pages;
        self
    }

    /// Adds module fields: functions, globals, tables, a start function.
    #[must_use]
    pub fn extra(mut self, fields: &str) -> Self {
        self.extra.push_str(fields);
        self
    }

    /// Imports a function, whose parameters and result are in WAT, as `$name`.
    #[must_use]
    pub fn import(mut self, interface: &str, function: &str, name: &str, signature: &str) -> Self {
        let import = format!("(import \"{interface}\" \"{function}\" (func ${name} {signature}))");
        self.imports.push((interface.to_owned(), import));
        self
    }

    /// As [`Self::plan`]: runs `body` and says `values`, numbers below 36, one character each.
    #[must_use]
    pub fn plan_says(mut self, body: &str, values: &[&str]) -> Self {
        let blank = "?".repeat(values.len());
        let task = self.layout.raw(&[0; 100]);
        let (text, length) = self.layout.string(&blank);
        let result = self.layout.ok_list(task, 1);
        let mut stores = String::new();
        for (index, value) in values.iter().enumerate() {
            stores.push_str(&format!(
                "(i32.store8 offset={index} (i32.const {text}) (call $digit {value}))"
            ));
        }
        self.plan(&format!(
            "{body} {stores} (i32.store offset=4 (i32.const {task}) (i32.const {text})) \
             (i32.store offset=8 (i32.const {task}) (i32.const {length})) (i32.const {result})"
        ))
        .extra(
            "(func $digit (param i32) (result i32) \
               (i32.add (local.get 0) \
                 (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get 0) (i32.const 10)))))",
        )
    }

    /// Adds a custom section to the component.
    #[must_use]
    pub fn section(mut self, name: &str, data: &[u8]) -> Self {
        self.sections.push((name.to_owned(), data.to_vec()));
        self
    }

    /// The core module.
    pub fn wat(&self) -> String {
        let Self {
            describe,
            lint,
            build,
            plan,
            version,
            extra,
            ..
        } = self;
        let imports: String = self
            .imports
            .iter()
            .map(|(_, import)| format!("{import}\n  "))
            .collect();
        let heap = HEAP.max(self.layout.end());
        let pages = self.pages.max(heap / 65_536 + 1);
        let base = Layout::BASE;
        let data: String = self
            .layout
            .bytes()
            .iter()
            .map(|byte| format!("\\{byte:02x}"))
            .collect();
        let parameters = "(param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)";
        let guest = format!("porter:mixin/guest@{version}");
        format!(
            r#"(module
  (import "porter:mixin/host@{version}" "log" (func $log (param i32 i32 i32)))
  {imports}
  (memory (export "memory") {pages})
  (data (i32.const {base}) "{data}")
  (global $heap (mut i32) (i32.const {heap}))
  (func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32) (local $have i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $heap) (i32.sub (local.get 2) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get 2))))
    (global.set $heap (i32.add (local.get $at) (local.get 3)))
    (local.set $have (i32.mul (memory.size) (i32.const 65536)))
    (if (i32.gt_u (global.get $heap) (local.get $have))
      (then
        (drop (memory.grow
          (i32.add
            (i32.div_u (i32.sub (global.get $heap) (local.get $have)) (i32.const 65536))
            (i32.const 1))))))
    (local.get $at))
  (func (export "{guest}#describe") (result i32) {describe})
  (func (export "{guest}#lint") {parameters} {lint})
  (func (export "{guest}#build") {parameters} {build})
  (func (export "{guest}#plan") {parameters} {plan})
  {extra}
)"#
        )
    }

    /// The component.
    pub fn component(&self) -> Vec<u8> {
        let wit = WIT.replace("@1.0.0", &format!("@{}", self.version));
        let mut interfaces: Vec<&str> = self
            .imports
            .iter()
            .map(|(interface, _)| interface.as_str())
            .collect();
        interfaces.sort_unstable();
        interfaces.dedup();
        let wit = interfaces.iter().fold(wit, |wit, interface| {
            wit.replacen(
                "import host;",
                &format!("import host;\n  import {interface};"),
                1,
            )
        });
        let mut component = wit_component_of(&self.wat(), &wit);
        for (name, data) in &self.sections {
            let section = wasm_encoder::CustomSection {
                name: name.as_str().into(),
                data: data.as_slice().into(),
            };
            wasm_encoder::ComponentSection::append_to_component(&section, &mut component);
        }
        component
    }
}

/// The component of a core module in WAT against the world `mixin` of `wit`.
#[expect(clippy::expect_used, reason = "a test's own source is good")]
pub fn wit_component_of(wat: &str, wit: &str) -> Vec<u8> {
    let mut module = wat::parse_str(wat).expect("the module parses");
    let mut resolve = Resolve::new();
    // A package can be named by one version only: all that the component imports.
    if let Some(version) = wit
        .split_once("import wasi:")
        .and_then(|(_, rest)| rest.split_once('@'))
        .and_then(|(_, rest)| rest.split_once(';'))
        .map(|(version, _)| version)
    {
        for package in WASI {
            // What came later is there as well: nobody imports it.
            let package = package
                .replace("@0.2.12", &format!("@{version}"))
                .replace("@since(version = 0.2.12)", "@since(version = 0.2.0)");
            resolve.push_str("wasi.wit", &package).expect("WASI parses");
        }
    }
    let package = resolve
        .push_str("mixin.wit", wit)
        .expect("the interface parses");
    let world = resolve
        .select_world(&[package], Some("mixin"))
        .expect("the world is there");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("the interface can be embedded");
    ComponentEncoder::default()
        // Broken ones are wanted.
        .validate(false)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .expect("the component can be encoded")
}

/// A component in WAT.
#[expect(clippy::expect_used, reason = "a test's own source is good")]
pub fn component_of(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).expect("the component parses")
}
