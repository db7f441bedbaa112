FROM scratch AS empty
FROM empty
COPY tool /tool
