FROM debian
COPY <<A <<B /x/
A
b
