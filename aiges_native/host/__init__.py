"""The service: engines behind HTTP, WebSocket and gRPC."""
