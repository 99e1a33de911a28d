"""The service: engines over HTTP and WebSocket."""
