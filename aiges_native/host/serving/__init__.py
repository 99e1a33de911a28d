"""The process of the service."""
