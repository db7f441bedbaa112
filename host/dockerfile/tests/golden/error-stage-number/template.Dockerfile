FROM debian
# PORTER_MIXINS
FROM debian
RUN --mount=type=bind,from=0,target=/x true
