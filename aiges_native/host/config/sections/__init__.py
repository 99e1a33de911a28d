"""Every section of the service's configuration as a frozen type, by its name in the file."""

from __future__ import annotations

import fnmatch

from .engine import Aiges, Engine, Fc, Resource
from .fronts import Admin, Auth, Drain, Health, Http, Limits, Tls, Ws
from .operation import Centre, Discovery, Log, Metrics, Otel, Trace
from .service import Grpc, Lbv2, Service
from .units import Section

#: Name in the file -> type. ``service`` is the section named by --service; ``[wrapper]`` and ``[engines]`` are not
#: here: the one is free-form, the other is made of keys of these.
SECTIONS: dict[str, type[Section]] = {
    "service": Service,
    "http": Http,
    "ws": Ws,
    "grpc": Grpc,
    "health": Health,
    "aiges": Aiges,
    "fc": Fc,
    "engine": Engine,
    "resource": Resource,
    "limits": Limits,
    "drain": Drain,
    "tls": Tls,
    "auth": Auth,
    "admin": Admin,
    "log": Log,
    "metrics": Metrics,
    "trace": Trace,
    "otel": Otel,
    "lbv2": Lbv2,
    "discovery": Discovery,
    "config": Centre,
}

#: Keys of AIservice that are accepted and do nothing: section -> patterns. A section that is not above has no other.
NO_EFFECT: dict[str, tuple[str, ...]] = {
    "service": ("vcpu*",),
    "aiges": ("sessDelGt", "asyncRelease", "numaNode", "gesMock", "catchOn", "sub", "wrapperTrace"),
    "fc": ("roll", "tasksize", "taskchsize"),
    "log": ("async", "cache", "batch", "wash"),
    "metrics": ("timePerSlice", "winSize"),
    "trace": ("*",),
    "auth": ("meter*", "janusCtrl"),
    "resource": ("*",),
    "pprof": ("*",),
    "bvt": ("*",),
    "sonar": ("*",),
    "lb": ("*",),
    "dataProcess": ("*",),
    "downAsync": ("*",),
    "elog": ("*",),
}


def has_no_effect(section: str, key: str) -> bool:
    """Whether a key that is not in SECTIONS is one of those that do nothing."""
    return any(fnmatch.fnmatchcase(key, pattern) for pattern in NO_EFFECT.get(section, ()))
