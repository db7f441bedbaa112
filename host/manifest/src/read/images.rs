//! Reading images.

use std::collections::BTreeMap;

use super::{Fields, Report};
use crate::model::{Image, Spanned};

pub(crate) fn images(top: &mut Fields<'_>, report: &mut Report<'_>) -> BTreeMap<String, Image> {
    let mut images = BTreeMap::new();
    let Some(node) = top.take("images") else {
        return images;
    };
    let Some(entries) = node.entries() else {
        let hint = "give each image an alias: `images: {web: {repository: …}}`";
        report.wrong_type(node, "`images`", "a mapping", hint);
        return images;
    };
    for entry in entries {
        let what = format!("image `{}`", entry.name());
        let Some(mut fields) = Fields::of(&entry.value, &what, report) else {
            continue;
        };
        let mut text = |key| {
            fields
                .text(key, report)
                .map(|text| text.value)
                .unwrap_or_default()
        };
        let mut image = Image {
            alias: Spanned {
                value: entry.name().to_owned(),
                span: entry.key.span,
            },
            description: text("description"),
            image_type: text("imageType"),
            repository: text("repository"),
            tag: text("tag"),
            digest: text("digest"),
            media_type: text("mediaType"),
            size: None,
            labels: BTreeMap::new(),
        };
        if image.image_type.is_empty() {
            image.image_type = "docker".to_owned();
        }
        image.size = size(&mut fields, &what, report);
        image.labels = fields.text_map("labels", report);
        fields.finish(report);
        images.insert(entry.name().to_owned(), image);
    }
    images
}

fn size(fields: &mut Fields<'_>, what: &str, report: &mut Report<'_>) -> Option<u64> {
    let node = fields.take("size")?;
    let size = node.scalar().and_then(|scalar| scalar.value().as_u64());
    if size.is_none() {
        report.wrong_type(node, &format!("`size` of {what}"), "a number of bytes", "");
    }
    size
}
