FROM debian AS porter-download-1
