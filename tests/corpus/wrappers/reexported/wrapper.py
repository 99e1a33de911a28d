"""Only names what is elsewhere."""
from service.deep.answers import Service as Wrapper
