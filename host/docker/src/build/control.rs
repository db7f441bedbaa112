//! The engine's own BuildKit, to be told what to do.

use bollard_buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use http::HeaderMap;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use crate::{DockerEngine, DockerError};

/// Messages may be as large as BuildKit itself allows.
const LARGEST_MESSAGE: usize = 16 << 20;

/// BuildKit's control service.
pub(super) type Control = ControlClient<Channel>;

pub(super) async fn connect(engine: &DockerEngine) -> Result<Control, DockerError> {
    let engine = engine.clone();
    let connector = service_fn(move |_: Uri| {
        let engine = engine.clone();
        async move { engine.hijack("/grpc", HeaderMap::new()).await }
    });
    // The name is never looked up: the connector knows where to go.
    let channel = Endpoint::from_static("http://engine")
        .connect_with_connector(connector)
        .await
        .map_err(|error| DockerError::request("open a connection to its builder", error))?;
    Ok(ControlClient::new(channel)
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE))
}
