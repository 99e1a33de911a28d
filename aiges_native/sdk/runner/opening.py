"""Opening an engine over a wrapper's object, through libwrapper.so."""

from __future__ import annotations

from aiges_native._native import loading
from aiges_native.sdk.runner.target import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native import Engine
    from aiges_native.sdk.runner.target import Target


def open_target(target: Target, config: dict[str, str], native: bool = False) -> Engine:
    """Starts the target's own object with that config. ``native``: the library imports the file and makes another."""
    import aiges_native
    from aiges_native import paths

    if target.file is not None:
        config = {"wrapper.file": str(target.file), **config}  # as a host that opens the file gives it
    if native:
        if target.file is None:
            raise UsageError("a native run needs the wrapper's file, and this object has none")
        return aiges_native.open(target.file, config)
    # Opened by its file the engine has the wrapper's name; by the library where there is no file.
    place = (
        target.file if target.file is not None and target.file.suffix == ".py" else paths.lib_dir() / "libwrapper.so"
    )
    name = loading.offer(target.wrapper)
    try:
        return aiges_native.open(place, {**config, loading.OBJECT_KEY: name})
    finally:
        loading.withdraw(name)
