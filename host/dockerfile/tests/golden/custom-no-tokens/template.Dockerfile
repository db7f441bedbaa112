ARG BASE=debian:stable-slim
from \
  # a comment
  ${BASE}
ENV X=1
