//! A good component with more appended to it, which moves none of its indices.

use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentInstanceSection, ComponentOuterAliasKind,
    ComponentSection, InstanceSection, ModuleArg, RawSection,
};

use crate::Guest;

/// Core modules of a component that wit-component made: the guest, and two that tie it up.
const MODULES: u32 = 3;
/// Its core instances.
const INSTANCES: u32 = 6;
/// Its components: the one that renames its exports.
const COMPONENTS: u32 = 1;

const MODULE: u8 = 1;
const COMPONENT: u8 = 4;

/// A good component under construction.
#[derive(Debug, Clone)]
pub struct Beside {
    bytes: Vec<u8>,
    modules: u32,
    instances: u32,
    components: u32,
}

impl Default for Beside {
    fn default() -> Self {
        Self::good()
    }
}

impl Beside {
    /// The good component alone.
    pub fn good() -> Self {
        let bytes = Guest::good().component();
        Self {
            bytes,
            modules: MODULES,
            instances: INSTANCES,
            components: COMPONENTS,
        }
    }

    /// Adds a core module in WAT.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test's own source is good")]
    pub fn module(mut self, wat: &str) -> Self {
        let module = wat::parse_str(wat).expect("the module parses");
        self.append(&RawSection {
            id: MODULE,
            data: &module,
        });
        self.modules += 1;
        self
    }

    /// Instantiates the last module `times` times, with `imports` and the last instance for them.
    #[must_use]
    pub fn instantiate(mut self, times: u32, imports: &[&str]) -> Self {
        let last = self.instances - 1;
        let mut section = InstanceSection::new();
        for _ in 0..times {
            let imports = imports
                .iter()
                .map(|name| (*name, ModuleArg::Instance(last)));
            section.instantiate(self.modules - 1, imports);
        }
        self.append(&section);
        self.instances += times;
        self
    }

    /// Adds a component that instantiates the last component twice, or the last module when there
    /// is none.
    #[must_use]
    pub fn doubling(mut self) -> Self {
        let first = self.components == COMPONENTS;
        let (kind, index) = if first {
            (ComponentOuterAliasKind::CoreModule, self.modules - 1)
        } else {
            (ComponentOuterAliasKind::Component, self.components - 1)
        };
        let mut inner = Component::new();
        let mut aliases = ComponentAliasSection::new();
        aliases.alias(Alias::Outer {
            kind,
            count: 1,
            index,
        });
        inner.section(&aliases);
        if first {
            let mut instances = InstanceSection::new();
            instances.instantiate(0, std::iter::empty::<(&str, ModuleArg)>());
            instances.instantiate(0, std::iter::empty::<(&str, ModuleArg)>());
            inner.section(&instances);
        } else {
            inner.section(&twice(0));
        }
        self.append(&RawSection {
            id: COMPONENT,
            data: &inner.finish(),
        });
        self.components += 1;
        self
    }

    /// Adds a component in WAT.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test's own source is good")]
    pub fn inner(mut self, wat: &str) -> Self {
        let inner = wat::parse_str(wat).expect("the component parses");
        self.append(&RawSection {
            id: COMPONENT,
            data: &inner,
        });
        self.components += 1;
        self
    }

    /// Instantiates the last component twice.
    #[must_use]
    pub fn instantiate_component(mut self) -> Self {
        let section = twice(self.components - 1);
        self.append(&section);
        self
    }

    /// The component.
    pub fn component(self) -> Vec<u8> {
        self.bytes
    }

    fn append(&mut self, section: &impl ComponentSection) {
        section.append_to_component(&mut self.bytes);
    }
}

fn twice(component: u32) -> ComponentInstanceSection {
    let none = std::iter::empty::<(&str, wasm_encoder::ComponentExportKind, u32)>;
    let mut section = ComponentInstanceSection::new();
    section.instantiate(component, none());
    section.instantiate(component, none());
    section
}
