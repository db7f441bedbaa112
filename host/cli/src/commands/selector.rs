//! `--field-selector` of `porter list`.

use porter_cnab::records::InstallationView;

use crate::failure::Failure;

/// Fields and the values that they must have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector(Vec<(String, String)>);

impl Selector {
    /// Reads `a.b=c,d=e`.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let pairs = text.split(',').map(|part| match part.split_once('=') {
            Some((field, value)) if !value.contains('=') => {
                Ok((field.to_owned(), value.to_owned()))
            }
            _ => Err(Failure::usage(format!("invalid field selector: {text}"))),
        });
        Ok(Self(pairs.collect::<Result<_, _>>()?))
    }

    /// Whether all fields have their values.
    pub(crate) fn lets_through(&self, view: &InstallationView) -> bool {
        self.0
            .iter()
            .all(|(name, value)| field(view, name) == Some(value))
    }
}

/// The fields that can be selected, as `list -o json` calls them: those that are text, in the
/// document itself and in the objects that are no maps.
fn field<'a>(view: &'a InstallationView, name: &str) -> Option<&'a str> {
    let status = &view.status;
    let text = match name {
        "schemaType" => &view.schema_type,
        "schemaVersion" => &view.schema_version,
        "id" => &view.id,
        "name" => &view.name,
        "namespace" => &view.namespace,
        "bundle.repository" => &view.bundle.repository,
        "bundle.version" => &view.bundle.version,
        "bundle.digest" => &view.bundle.digest,
        "bundle.tag" => &view.bundle.tag,
        "status.runId" => &status.run_id,
        "status.action" => &status.action,
        "status.resultId" => &status.result_id,
        "status.resultStatus" => {
            return Some(status.result_status.map_or("", |status| status.name()));
        }
        "status.bundleReference" => &status.bundle_reference,
        "status.bundleVersion" => &status.bundle_version,
        "status.bundleDigest" => &status.bundle_digest,
        "_calculated.displayInstallationState" => {
            return Some(view.calculated.display_installation_state);
        }
        "_calculated.displayInstallationStatus" => &view.calculated.display_installation_status,
        _ => return None,
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use porter_cnab::records::Installation;

    use super::*;

    #[test]
    fn conformance_172_fields_are_selected_by_their_names_in_the_document() {
        let view = InstallationView::new(Installation::new("dev", "shop"));
        let table = [
            ("", true),
            ("name=shop", true),
            ("name=shop,namespace=dev", true),
            ("name=shop,namespace=prod", false),
            ("bundle.repository=", true),
            ("_calculated.displayInstallationState=defined", true),
            ("labels.a=", false),
            ("status.installed=", false),
            ("uninstalled=false", false),
            ("=", false),
        ];
        for (text, expected) in table {
            let selector = Selector::parse(text).unwrap();
            assert_eq!(selector.lets_through(&view), expected, "{text}");
        }
        for text in ["a", "a=b=c", "a=b,", "a=b,c"] {
            let error = Selector::parse(text).unwrap_err();
            assert_eq!(error.to_string(), format!("invalid field selector: {text}"));
        }
    }
}
