//! Dockerfile rendering, BuildKit builds and the docker driver.
