FROM debian:stable-slim AS tools
# PORTER_INIT
# PORTER_MIXINS
FROM gcr.io/distroless/base
ARG BUNDLE_UID=1000
COPY --from=tools /usr/bin/tool /usr/bin/tool
