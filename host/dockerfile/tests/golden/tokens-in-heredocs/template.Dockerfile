FROM debian:stable-slim
RUN <<-"A" cat && <<B cat
FROM evil
# PORTER_INIT
	A
# PORTER_MIXINS
USER nobody
B
RUN echo \
  # PORTER_MIXINS
  done
# PORTER_MIXINS
