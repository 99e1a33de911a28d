"""The service: engines over HTTP, WebSocket and gRPC. Needs the extra ``aiges-native[host]``."""
