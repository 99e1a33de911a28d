"""Builds two C++ libraries, then the extension modules, one of which links against the first.

Metadata is in pyproject.toml. Switches, all off by default:

    AIGES_NATIVE_SANITIZE=address,undefined   or thread: compile and link everything with -fsanitize=...
    AIGES_NATIVE_COVERAGE=1                   gcov for C and C++, line tracing for Cython
    AIGES_NATIVE_DEBUG=1                      no optimisation, assertions on, full debug information
    AIGES_NATIVE_LIBRARIES=DIR                take both libraries from there: no Python is in them, so that one build
                                              of them serves every Python

What is made on the way lies in build/<python>[-<switches>]/ and is made again only when a source, a header it includes
(from the compiler's own .d files), a linker script or a flag changes. All compilers run side by side; links follow in
the order of EXTENSIONS.
"""

import filecmp
import os
import re
import shutil
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from glob import glob
from pathlib import Path

import pybind11
from setuptools import Extension, find_namespace_packages, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

SANITIZE = os.environ.get("AIGES_NATIVE_SANITIZE", "")
COVERAGE = os.environ.get("AIGES_NATIVE_COVERAGE", "0") not in ("", "0")
LIBRARIES = os.environ.get("AIGES_NATIVE_LIBRARIES", "")
DEBUG = os.environ.get("AIGES_NATIVE_DEBUG", "0") not in ("", "0")

COMPILE = [
    "-O3",
    "-fno-plt",
    "-fno-semantic-interposition",
    "-g1",
    "-fvisibility=hidden",
    "-fexceptions",
    "-Wall",
    "-pthread",
]
COMPILE_CXX = ["-std=c++17", "-fvisibility-inlines-hidden", "-Wextra"]
LINK = ["-pthread", "-Wl,--enable-new-dtags", "-Wl,--as-needed"]
NO_UNDEFINED = ["-Wl,-z,defs"]
MACROS: list[tuple[str, str]] = []
# Methods of extension types as plain method descriptors, which the interpreter calls fastest; inspect reads the clinic
# form of their signatures.
DIRECTIVES = {"language_level": 3, "binding": False, "embedsignature": True, "embedsignature.format": "clinic"}

if DEBUG:
    COMPILE += ["-O0", "-g3", "-UNDEBUG"]
if COVERAGE:
    COMPILE += ["-O0", "--coverage"]
    LINK += ["--coverage"]
    MACROS += [("CYTHON_TRACE_NOGIL", "1")]
    DIRECTIVES["linetrace"] = True
if SANITIZE:
    COMPILE += ["-O1", "-fno-omit-frame-pointer", f"-fsanitize={SANITIZE}"]
    LINK += [f"-fsanitize={SANITIZE}"]
    NO_UNDEFINED = []  # the sanitizer's own symbols may come from the program

VERSION = re.search(r'AIGES_VERSION_STRING "(.+)"', Path("include/aiges/version.h").read_text())[1]
SWITCHES = [*re.findall(r"\w+", SANITIZE), *["coverage"] * COVERAGE, *["debug"] * DEBUG]
BUILD = Path("build", "-".join([sysconfig.get_config_var("SOABI"), *SWITCHES]))
PACKAGE = "aiges_native"
COMPAT = f"{PACKAGE}/compat"


class Library(Extension):
    """A shared library for hosts in any language: aiges_native/lib/lib<name>.so, without Python in name or content."""

    def __init__(self, name: str, sources: list[str], version_script: str, link: list[str]):
        self.version_script = [version_script] if os.path.exists(version_script) else []
        link = [*LINK, *NO_UNDEFINED, f"-Wl,-soname,lib{name}.so", *link]
        link += [f"-Wl,--version-script={script}" for script in self.version_script]
        super().__init__(f"{PACKAGE}.lib.lib{name}", sources, libraries=["dl"], extra_link_args=link, **CXX)


def cpp(*patterns: str) -> list[str]:
    return sorted(path for pattern in patterns for path in glob(f"csrc/{pattern}.cpp", recursive=True))


def cython(source: str) -> Extension:
    """An extension module of aiges_native._native; the few that call libaiges find it beside the package."""
    name = Path(source).stem
    libraries = LIBRARIES_OF.get(name, [])
    link = LINK + ["-Wl,-rpath,$ORIGIN/../lib"] * bool(libraries)
    module = f"{PACKAGE}._native.{name}"
    sources = [source, *SOURCES_OF.get(name, [])]
    flags = {**CXX, "extra_compile_args": COMPILE + COMPILE_CXX[:2]} if len(sources) > 1 else C
    return Extension(module, sources, define_macros=MACROS, libraries=libraries, extra_link_args=link, **flags)


C = {"include_dirs": ["include", "csrc"], "extra_compile_args": COMPILE}
CXX = {**C, "extra_compile_args": COMPILE + COMPILE_CXX, "language": "c++"}
PYBIND = {**CXX, "include_dirs": ["include", "csrc", pybind11.get_include()]}
LIBRARIES_OF = {"engine": ["aiges"], "executor": ["aiges"], "host_result": ["aiges"]}
SOURCES_OF = {"executor": cpp("executor/*")}  # C++ without Python beside a Cython module
SHARED = cpp("common/*", "buffers/*", "stats/*", "symbols/*")
EMBED = [path for path in cpp("embed/**/*") if not path.startswith("csrc/embed/module/")]
EXTENSIONS = [
    Library("aiges", SHARED + cpp("loader/*"), "csrc/loader/libaiges.map", []),
    Library("wrapper", SHARED + EMBED, "csrc/embed/libwrapper.map", ["-Wl,-z,nodelete"]),
    *map(cython, sorted(glob(f"{PACKAGE}/_native/*.pyx"))),
    Extension(f"{PACKAGE}._native._embed", cpp("embed/module/*"), extra_link_args=LINK, **PYBIND),
]


def is_older(target: str, inputs: list[str]) -> bool:
    """Whether target must be made again: it is missing, an input is newer, or an input is gone."""
    try:
        made = os.stat(target).st_mtime_ns
        return any(os.stat(path).st_mtime_ns > made for path in inputs)
    except FileNotFoundError:
        return True


def inputs_of(target: str, source: str) -> list[str]:
    """The source and every header it included when it was last compiled."""
    try:
        rule = Path(target).with_suffix(".d").read_text().replace("\\\n", " ")
    except FileNotFoundError:
        return [source, f"{target} was never made"]
    return [path.replace("\\ ", " ") for path in re.split(r"(?<!\\)\s+", rule.partition(": ")[2].strip())]


class BuildExt(build_ext):
    def finalize_options(self):
        super().finalize_options()
        self.build_temp = str(BUILD)  # an editable install would use a new temporary folder every time

    def get_ext_filename(self, fullname):
        if isinstance(self.ext_map.get(fullname), Library):
            return fullname.replace(".", "/") + ".so"
        return super().get_ext_filename(fullname)

    def run(self):
        if self.inplace:
            self.mkpath(f"{PACKAGE}/lib")
        super().run()
        install_for_c(Path(PACKAGE if self.inplace else f"{self.build_lib}/{PACKAGE}"), in_place=bool(self.inplace))

    def build_extensions(self):
        self.python_include = self.compiler.include_dirs
        self.compiler.set_include_dirs([])  # so that no library can include Python.h
        for linker in ("linker_so", "linker_so_cxx"):  # a Python built with a run path passes it on to every module
            kept = [flag for flag in getattr(self.compiler, linker) if not re.match(r"-Wl,(-R|--?rpath[,=])", flag)]
            setattr(self.compiler, linker, kept)
        self.flags = str(BUILD / "flags")
        flags_changed = self.write_flags()
        sources = self.translate_cython(force=flags_changed)
        compiled = [ext for ext in self.extensions if not (LIBRARIES and isinstance(ext, Library))]
        jobs = {source: ext for ext in compiled for source in sources.get(ext.name, ext.sources)}
        with ThreadPoolExecutor(self.parallel or len(os.sched_getaffinity(0))) as pool:
            objects = dict(zip(jobs, pool.map(self.compile_one, jobs, jobs.values()), strict=True))
        for ext in self.extensions:
            target = f"{self.build_temp}/linked/{self.get_ext_filename(ext.name)}"
            if ext in compiled:
                self.link_one(ext, [objects[source] for source in sources.get(ext.name, ext.sources)], target)
            else:
                self.copy_changed(f"{LIBRARIES}/{os.path.basename(target)}", target)
            self.copy_changed(target, self.get_ext_fullpath(ext.name))

    def write_flags(self) -> bool:
        """Keeps the flags in a file on which everything depends; says whether they are new."""
        used = [self.compiler.compiler_so, self.compiler.compiler_so_cxx, self.compiler.linker_so, DIRECTIVES]
        used += [[e.name, e.extra_compile_args, e.extra_link_args, e.define_macros] for e in self.extensions]
        text = "\n".join(map(str, used))
        if os.path.exists(self.flags) and Path(self.flags).read_text() == text:
            return False
        self.mkpath(self.build_temp)
        Path(self.flags).write_text(text)
        return True

    def translate_cython(self, force: bool) -> dict[str, list[str]]:
        from Cython.Build import cythonize  # not for commands that only ask for metadata

        made = cythonize(
            [ext for ext in self.extensions if ext.sources[0].endswith(".pyx")],
            build_dir=f"{self.build_temp}/cython",
            compiler_directives=DIRECTIVES,
            force=force,
        )
        return {ext.name: ext.sources for ext in made}

    def compile_one(self, source: str, ext: Extension) -> str:
        (target,) = self.compiler.object_filenames([source], output_dir=self.build_temp)
        if is_older(target, [*inputs_of(target, source), self.flags]):
            print(f"compile {source}\n", end="", flush=True)  # in one piece: many threads print
            python = [] if isinstance(ext, Library) else self.python_include
            self.compiler.compile(
                [source],
                output_dir=self.build_temp,
                macros=ext.define_macros,
                include_dirs=ext.include_dirs + python,
                extra_postargs=[*ext.extra_compile_args, "-MMD"],
            )
        return target

    def link_one(self, ext: Extension, objects: list[str], target: str) -> None:
        """Links into build/: a copy is what a wheel takes, what stays is not linked again."""
        stage = f"{self.build_temp}/linked"
        needs = [f"{stage}/{PACKAGE}/lib/lib{name}.so" for name in LIBRARIES_OF.get(ext.name.split(".")[-1], [])]
        if is_older(target, [*objects, *needs, *getattr(ext, "version_script", []), self.flags]):
            print(f"link {target}", flush=True)
            self.compiler.link_shared_object(
                objects,
                target,
                libraries=ext.libraries,
                library_dirs=[os.path.dirname(path) for path in needs],
                extra_postargs=ext.extra_link_args,
                target_lang=ext.language,
            )

    def copy_changed(self, source: str, place: str) -> None:
        """What is there already stays untouched: programs that run may be reading it."""
        if not os.path.exists(place) or not filecmp.cmp(source, place, shallow=False):
            self.mkpath(os.path.dirname(place))
            self.copy_file(source, place)


def write_changed(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def install_for_c(package: Path, in_place: bool) -> None:
    """What C programs need beside the libraries. In place, the headers stay where they are."""
    include = "../include" if in_place else "include"
    for template in Path("csrc/package").glob("*.in"):
        name = template.stem
        target = package / "lib" / ("pkgconfig" if name.endswith(".pc") else "cmake/aiges") / name
        target.parent.mkdir(parents=True, exist_ok=True)
        write_changed(target, template.read_text().replace("@VERSION@", VERSION).replace("@INCLUDE@", include))
    if in_place:
        # libwrapper.so reads here which interpreter it belongs to; an installed one finds the environment around it.
        write_changed(package / "lib/libwrapper.python", sys.executable + "\n")
    else:
        (package / "include/aiges").mkdir(parents=True, exist_ok=True)
        for header in glob("include/aiges/*.h"):
            shutil.copyfile(header, package / "include/aiges" / Path(header).name)


class BuildPy(build_py):
    def run(self):
        if not self.editable_mode:  # files of an earlier build, since removed, must not come back in a wheel
            for name in (PACKAGE, "aiges", "aiges_embed"):
                shutil.rmtree(Path(self.build_lib, name), ignore_errors=True)
        super().run()


NO_PACKAGES = [f"{PACKAGE}.{folder}*" for folder in ("lib", "include", "project.templates")]
PACKAGES = find_namespace_packages(include=[f"{PACKAGE}*"], exclude=NO_PACKAGES)
PACKAGES += find_namespace_packages(COMPAT, include=["aiges", "aiges.*", "aiges_embed", "aiges_embed.*"])

setup(
    version=VERSION,
    packages=PACKAGES,
    package_dir={"aiges": f"{COMPAT}/aiges", "aiges_embed": f"{COMPAT}/aiges_embed"},
    package_data={"": ["py.typed", "*.pyi", "*.pxd"], f"{PACKAGE}.project": ["templates/**/*"]},
    exclude_package_data={f"{PACKAGE}.project": ["templates/**/*.pyc"]},
    include_package_data=False,
    ext_modules=EXTENSIONS,
    cmdclass={"build_ext": BuildExt, "build_py": BuildPy},
)
