FROM --platform=linux/amd64 debian:stable-slim

# PORTER_INIT

# Install what your scripts need. Packages of mixins are installed where the next comment stands;
# both comments may be moved, and are put in their usual places when they are missing.
RUN rm -f /etc/apt/apt.conf.d/docker-clean; \
    echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";' > /etc/apt/apt.conf.d/keep-cache
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends ca-certificates

# PORTER_MIXINS

# The files of this folder are copied to ${BUNDLE_DIR} after this line.
