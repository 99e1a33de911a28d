"""The public C headers as Cython declarations, one ``.pxd`` a header. No logic, nothing to import at run time."""
