"""The service: engines over HTTP and WebSocket. Needs the extra ``aiges-native[host]``."""
