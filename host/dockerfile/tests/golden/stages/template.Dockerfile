FROM golang AS build
RUN go build
FROM gcr.io/distroless/base
COPY --from=0 /out /out
