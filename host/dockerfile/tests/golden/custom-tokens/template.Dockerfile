# syntax=docker/dockerfile:1.7
FROM debian:stable-slim
RUN echo before
   # PORTER_INIT and more
RUN echo between
# PORTER_MIXINS
COPY app.conf /etc/app.conf
# PORTER_MIXINS
