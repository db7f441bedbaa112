FROM debian
RUN a \
