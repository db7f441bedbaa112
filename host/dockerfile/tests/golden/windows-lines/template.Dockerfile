# escape=`
FROM debian:stable-slim
RUN <<EOF
# PORTER_INIT
EOF
# PORTER_INIT
RUN a `
  b
# PORTER_MIXINS
