# syntax=x
# PORTER_MIXINS
FROM debian
