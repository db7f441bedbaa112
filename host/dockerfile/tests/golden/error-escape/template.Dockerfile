# escape=|
FROM debian
