//! Golden folders: `template.Dockerfile` (absent: the built-in one) and `mixins.json` beside the
//! `Dockerfile` or the `error.txt` that comes out. `PORTER_BLESS=1` writes what comes out.

use std::fs;
use std::path::{Path, PathBuf};

use porter_dockerfile::{MixinInstructions, RenderOptions, TemplateSource, render, render_lines};

use crate::instructions;

#[test]
fn golden_folders() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut folders: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    assert!(folders.len() >= 10, "golden folders are missing");
    let wrong: Vec<String> = folders.iter().filter_map(|folder| check(folder)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(folder: &Path) -> Option<String> {
    let template = fs::read(folder.join("template.Dockerfile")).ok();
    let mixins = fs::read_to_string(folder.join("mixins.json")).unwrap_or("[]".to_owned());
    let mixins = instructions::read(&mixins);
    let given: Vec<MixinInstructions<'_>> = mixins
        .iter()
        .map(|mixin| MixinInstructions {
            mixin: &mixin.name,
            instructions: &mixin.instructions,
        })
        .collect();
    let source = template
        .as_deref()
        .map_or(TemplateSource::BuiltIn, TemplateSource::Custom);
    let (name, text) = match render(source, &given, &RenderOptions::default()) {
        Ok(text) => ("Dockerfile", text),
        Err(error) => ("error.txt", error.to_string()),
    };
    if std::env::var_os("PORTER_BLESS").is_some() {
        for name in ["Dockerfile", "error.txt"] {
            fs::remove_file(folder.join(name)).ok();
        }
        fs::write(folder.join(name), text).unwrap();
        return None;
    }
    let expected = fs::read_to_string(folder.join(name)).unwrap_or_default();
    let expected = expected.strip_suffix('\n').unwrap_or(&expected);
    (expected != text).then(|| {
        format!(
            "{}: {name} is not as expected but\n{text}\n",
            folder.display()
        )
    })
}

#[test]
fn lines_for_a_template_of_others() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for folder in ["every-kind", "built-in"] {
        let folder = root.join(folder);
        let mixins = fs::read_to_string(folder.join("mixins.json")).unwrap();
        for mixin in instructions::read(&mixins) {
            let given = MixinInstructions {
                mixin: &mixin.name,
                instructions: &mixin.instructions,
            };
            let text = render_lines(&given, &RenderOptions::default()).unwrap();
            let file = folder.join(format!("{}.lines", mixin.name));
            if std::env::var_os("PORTER_BLESS").is_some() {
                fs::write(&file, &text).unwrap();
            }
            let expected = fs::read_to_string(&file).unwrap();
            assert_eq!(text, expected, "{}", file.display());
        }
    }
}
