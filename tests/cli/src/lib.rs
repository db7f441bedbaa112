//! Bundles, mixins and recordings that several tests use.
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test helper ends the test that uses it wrongly"
)]

pub mod corpus;
pub mod mixins;

pub use porter_test_harness::PRINTING;

/// A bundle whose install runs until it is stopped.
pub const ENDLESS: &str = "
outputs:
  - name: early
    type: string
    applyTo: [install]
install:
  - exec:
      description: First
      command: echo
      arguments: [first]
      outputs:
        - name: early
          regex: ^(.*)
  - exec:
      description: Second
      command: sleep
      arguments: ['1000']
uninstall:
  - exec:
      command: echo
      arguments: [uninstalled]
";

/// A bundle that fails in its second step when the parameter says so.
pub const FAILING: &str = "
parameters:
  - name: fail
    type: boolean
    default: true
outputs:
  - name: early
    type: string
    applyTo: [install]
install:
  - exec:
      command: echo
      arguments: [first]
      outputs:
        - name: early
          regex: ^(.*)
  - exec:
      description: Fail when asked
      command: sh
      arguments: [-c, 'test $0 = false', '${ bundle.parameters.fail }']
  - exec:
      command: echo
      arguments: [third]
upgrade:
  - exec:
      command: echo
      arguments: [upgraded]
uninstall:
  - exec:
      command: sh
      arguments: [-c, 'test $0 = false', '${ bundle.parameters.fail }']
";
