# escape=`
FROM debian:stable-slim
RUN echo `
  joined C:\
# PORTER_MIXINS
