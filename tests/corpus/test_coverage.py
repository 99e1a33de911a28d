"""What the corpus covers: each thing that wrappers in use do, and the wrappers here that do it."""

from __future__ import annotations

import ast
import re
import tokenize

import pytest
from corpus.catalog import CASES

#: What wrappers do -> wrappers of the corpus.
COVERED = {
    # imports
    "the standard opening with a bare except": "ocr_page translate_str asr_pool cls_for_self",
    "star import of aiges_embed or aiges.dto": "tts_samples class_convention_a overrides_run",
    "star import of aiges.sdk": "image_labels class_methods read_poll old_checkout",
    "names of the standard library out of aiges.sdk": "read_poll old_checkout returns_odd",
    "star import of aiges.core.types": "ocr_page returns_odd asr_pool async_llm",
    "aiges.types": "image_labels response_forms once_none_stream",
    "aiges.utils.log": "ocr_page class_methods tools tts_samples",
    "aiges.stream": "asr_pool old_checkout pool_and_queues model_queue",
    "aiges.callback": "fixpool_worker",
    "aiges.concurrent": "fixpool_worker old_checkout",
    "aiges.worker": "fixpool_worker",
    "aiges.errors": "fixpool_worker",
    "names from aiges itself": "cls_for_self",
    "aiges_native.sdk": "native_style",
    "a top-level sdk": "old_checkout",
    "modules that are no more": "bad_retired",
    # conventions
    "A, functions of a module": "module_functions",
    "A, classmethods": "class_convention_a",
    "B: (params, req), sids": "asr_pool read_poll async_sid",
    "C: the user tag": "class_methods",
    "D: the user tag and persId": "resources router own_threads async_llm",
    "E: userTag by name": "create_usertag",
    "persId third": "cls_for_self",
    "cls for self": "ocr_page cls_for_self",
    "real classmethods and staticmethods": "class_methods class_convention_a",
    "decorated methods, **kwargs": "tools",
    "Create: (params, sid)": "asr_pool",
    "Create: persId third": "read_poll fixpool_worker",
    "Create: userTag third": "once_none_stream",
    "Create: userTag, then persId": "create_usertag",
    "Create: persId, then usrTag": "own_threads async_llm native_style",
    "Create: errNum before sid": "create_shapes",
    "Write and Read with sid": "asr_pool read_poll once_none_stream",
    "Write and Read without sid": "create_shapes own_threads",
    "OnceExecAsync: (params, req, sid)": "async_sid",
    "OnceExecAsync: the user tag and persId": "async_llm",
    "LoadRes and UnloadRes": "resources",
    "a signature that cannot be bound": "bad_signature",
    "async def": "bad_async_def",
    # the object
    "__init__(*args, **kwargs)": "ocr_page derived tts_samples",
    "__init__ without super().__init__": "asr_pool",
    "all three keywords of the base": "legacy_v2",
    "no base class": "router",
    "methods that are attributes, a class that a function makes": "bound_late",
    "a Wrapper derived from a Wrapper, mixins": "derived",
    "run_once overridden": "overrides_run",
    "no wrapperTestFunc": "cls_for_self translate_str",
    "no wrapperError, Fini or Destroy": "router",
    "the model made at import, files beside the wrapper": "class_methods image_labels",
    "a class attribute config": "settings_reader",
    # results
    "setData and setDataType": "ocr_page cls_for_self asr_pool",
    "l.data and l.len assigned": "image_labels translate_str own_threads",
    "str as data": "translate_str router response_forms",
    "keyword constructors": "tts_samples response_forms class_methods",
    "the loader's order of arguments": "response_forms",
    "numpy and other buffers as data": "tts_samples image_labels response_forms",
    "list assigned, appended, extended, list[0]": "class_methods response_forms returns_odd",
    "one item twice, one response twice": "undeclared_key response_forms",
    "len smaller and larger than the data": "response_forms",
    "look-alikes, copies, subclasses": "response_forms",
    "response_err, on the response and on the base": "ocr_page face_codes",
    "error_code, int and negative codes": "face_codes router returns_odd",
    "None returned": "returns_odd once_none_stream asr_pool",
    "raising, SystemExit, KeyboardInterrupt": "returns_odd",
    "wrapperError: texts, other languages, '' and None, raising": "face_codes returns_odd ocr_page",
    "keys and types nobody declared": "undeclared_key",
    "Create: -1, a text, None": "read_poll create_shapes",
    "Read: empty, None, a list, a code, blank items": "read_poll",
    # requests
    "get(key), missing keys": "ocr_page face_codes request_forms",
    "list, index, iteration": "image_labels overrides_run request_forms router",
    "decode()": "translate_str returns_odd tts_samples",
    "dicts of convention A": "module_functions class_convention_a",
    "nodes kept beyond the call, views, numpy": "request_forms",
    "params read, changed, passed on": "translate_str router tools",
    "params['sid']": "translate_str",
    "settings: common.lic as a number, levels, addresses": "settings_reader asr_pool fixpool_worker",
    "the environment": "settings_reader",
    # fields
    "every field, every argument": "legacy_v2",
    "requestCls a class, an object, nested": "tts_samples class_methods ocr_page",
    "no request or response class": "router request_forms module_functions",
    "one of the two only": "response_forms",
    "fields inherited, overridden, on the instance": "derived",
    "str for a body's value, bytes for a param's": "translate_str",
    "one key in request and response": "async_sid legacy_v2",
    "test files that are not there": "image_labels face_codes class_methods",
    "a key that is no str": "bad_field",
    # sessions
    "the pool of the SDK, exhausted and refilled": "asr_pool",
    "the pool asked and never made": "read_poll",
    "StreamHandleThread subclassed": "asr_pool",
    "many requests at a time": "ocr_page echo_request tts_samples module_functions",
    "threads and queues of its own": "own_threads async_sid",
    "FixedPool, Worker, InferClass": "fixpool_worker",
    "a worker that raises": "asr_pool",
    "sessions destroyed early": "asr_pool own_threads",
    "callback by tag": "own_threads async_llm once_none_stream",
    "callback by sid": "asr_pool async_sid create_shapes once_none_stream",
    "callback by handle": "fixpool_worker once_none_stream native_style",
    "callback with three arguments": "create_usertag create_shapes",
    "callback from inside the call, from Create": "once_none_stream async_sid",
    "callback from an event loop's thread": "async_llm",
    "errors by callback, nonsense by callback, after the last one": "async_llm async_sid once_none_stream",
    "many results for one request": "async_llm create_usertag",
    "results fetched, asyncMode off": "read_poll",
    "OnceExec that returns None beside sessions": "once_none_stream asr_pool",
    "results in out_q, a second pool, digits for its size": "pool_and_queues",
    "one model for all sessions": "model_queue",
    # services
    "a router of services": "router",
    "resources out of archives": "resources",
    "meters and traces": "router async_llm",
    "cancel, deadline, lent arrays": "native_style",
    "prints, programs, threads, loggers, warnings": "tools",
    "pieces of the request in the response": "echo_request",
    "requests kept and answered later": "echo_request",
    "NumPy's integers, enums and booleans for ints": "numpy_numbers",
    "callbacks that come too late": "late_callback",
    "long and odd texts for codes, static wrapperError": "error_texts",
    "files beside the wrapper whose names others have": "siblings_one siblings_two",
    "a class that is imported from elsewhere": "reexported",
    "source that is not UTF-8": "gbk_source",
    # start
    "wrapperInit gives a code, or raises": "asr_pool settings_reader",
    "wrapperFini gives a code": "face_codes read_poll",
    "a library that is missing": "bad_import",
    "broken syntax": "bad_syntax",
    "no class Wrapper": "bad_class",
    "a constructor with arguments": "bad_constructor",
}

#: Words in the source that must stand in a wrapper of the corpus, so that a row cannot lose its last witness unseen.
IDIOMS = [
    r"except:\n    from aiges\.dto import",
    r"from aiges\.sdk import \*",
    r"from aiges\.core\.types import \*",
    r"aiges\.types",
    r"from aiges\.utils\.log import .*getFileLogger",
    r"from aiges\.stream import",
    r"from aiges\.callback import callback",
    r"aiges\.concurrent\.fixpool",
    r"from aiges\.worker import Worker, InferClass",
    r"from aiges import",
    r"aiges_native\.sdk",
    r"setData\(",
    r"setDataType\(",
    r"\.len = len\(",
    r"response_err\(",
    r"@classmethod",
    r"@staticmethod",
    r"usrTag",
    r"userTag",
    r"persId=0",
    r"errNum",
    r"psrIds",
    r'params\["sid"\]',
    r"common\.lic",
    r"SessionCreateResponse\(\)",
    r"callback_metric",
    r"callback_trace",
    r"wrapperCancel",
    r"wrapperLoadRes",
    r"init_handle_pool",
    r"get_idle_handle",
    r"run_once",
    r"m\.run\(stream=True\)",
    r"async def",
    r"class Wrapper:",
]


def source(name: str) -> str:
    with tokenize.open(CASES[name].file) as file:
        return file.read()


def test_every_row_has_a_wrapper_and_every_wrapper_a_row() -> None:
    named = {name for names in COVERED.values() for name in names.split()}
    assert named - set(CASES) == set(), "rows name wrappers that are not there"
    assert set(CASES) - named == set(), "wrappers that no row names"
    assert all(names.strip() for names in COVERED.values())


@pytest.mark.parametrize("idiom", IDIOMS)
def test_the_idiom_is_in_the_corpus(idiom: str) -> None:
    assert any(re.search(idiom, source(name)) for name in CASES)


def test_every_method_is_defined_by_some_wrapper() -> None:
    methods = set()
    for name in CASES:
        if name != "bad_syntax":
            tree = ast.parse(source(name))
            methods |= {
                node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            }
    wanted = [
        "Init",
        "Fini",
        "Error",
        "OnceExec",
        "OnceExecAsync",
        "Create",
        "Write",
        "Read",
        "Destroy",
        "LoadRes",
        "UnloadRes",
        "Cancel",
        "TestFunc",
    ]
    assert {f"wrapper{name}" for name in wanted} <= methods
