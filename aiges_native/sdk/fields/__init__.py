"""Fields: what a wrapper takes and gives, declared on its ``requestCls`` and ``responseCls``.

Defining a field reads no file and judges only its key; ``findings()`` tells everything else.
"""

from aiges_native.sdk.fields.collection import Fields, Mappings, collect, last_of_each_key
from aiges_native.sdk.fields.field import Field
from aiges_native.sdk.fields.media import AudioBodyField, ImageBodyField
from aiges_native.sdk.fields.number import IntegerParamField, NumberParamField
from aiges_native.sdk.fields.param import BooleanParamField, ParamField, StringParamField
from aiges_native.sdk.fields.payload import JsonBodyField, PayloadField, StringBodyField
from aiges_native.sdk.fields.values import param_text

__all__ = [
    "AudioBodyField",
    "BooleanParamField",
    "Field",
    "Fields",
    "ImageBodyField",
    "IntegerParamField",
    "JsonBodyField",
    "Mappings",
    "NumberParamField",
    "ParamField",
    "PayloadField",
    "StringBodyField",
    "StringParamField",
    "collect",
    "last_of_each_key",
    "param_text",
]
