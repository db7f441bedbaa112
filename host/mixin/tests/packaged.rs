//! A mixin behind a program, whole and damaged.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Cursor;

use porter_mixin::packaged::{Header, PackageError, Packaged, pack};

fn packaged() -> Vec<u8> {
    let header = Header {
        name: "exec".to_owned(),
        version: "1.0.0".to_owned(),
        commit: String::new(),
        author: "A".to_owned(),
        schema: "{}".to_owned(),
        environment: vec!["HOME".to_owned()],
        tier: "pure".to_owned(),
        component_digest: "sha256:1".to_owned(),
        code_digest: "sha256:0".to_owned(),
    };
    pack(b"program", &header, b"component", b"code").unwrap()
}

#[test]
fn what_was_packed_is_read() {
    let bytes = packaged();
    assert!(bytes.starts_with(b"program{"));
    let mut packaged = Packaged::read(Cursor::new(bytes)).unwrap();
    assert_eq!(packaged.header().name, "exec");
    assert_eq!(packaged.header().environment, ["HOME"]);
    assert_eq!(packaged.component().unwrap(), b"component");
    assert_eq!(packaged.code().unwrap(), b"code");
}

#[test]
fn a_program_alone_has_no_mixin() {
    for program in [&b""[..], b"short", &[0; 100]] {
        let error = Packaged::read(Cursor::new(program)).unwrap_err();
        assert!(matches!(error, PackageError::Missing), "{error:?}");
    }
}

#[test]
fn any_damage_is_an_error_or_other_content_but_no_panic() {
    let whole = packaged();
    for cut in 0..whole.len() {
        assert!(Packaged::read(Cursor::new(&whole[..cut])).is_err(), "{cut}");
    }
    for index in 0..whole.len() {
        for flip in [1, 0x80] {
            let mut bytes = whole.clone();
            bytes[index] ^= flip;
            if let Ok(mut packaged) = Packaged::read(Cursor::new(bytes)) {
                let _ = (packaged.component(), packaged.code());
            }
        }
    }
}
