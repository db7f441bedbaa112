FROM debian
ENV A=ÿ
