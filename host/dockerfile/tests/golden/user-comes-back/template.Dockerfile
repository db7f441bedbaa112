FROM debian:stable-slim AS base
USER ${WHO}
FROM base
# PORTER_INIT
# PORTER_MIXINS
RUN whoami
