# syntax=docker/dockerfile:1
# escape=\
FROM --platform=linux/amd64 debian:stable-slim AS Final
# PORTER_MIXINS
