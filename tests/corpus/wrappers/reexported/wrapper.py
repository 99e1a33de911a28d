"""Only names what is elsewhere."""
from service.deep.core import Service as Wrapper
