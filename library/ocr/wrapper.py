"""OCR: reads the printed text of a picture, with the PP-OCR models that the wheel ``rapidocr-onnxruntime`` carries.

Request     one or more pictures (type image, any key): PNG, JPEG, WebP, TIFF, BMP, GIF
Result      per picture two text items: ``result``, JSON ``[{"text", "score", "box"}]`` (box: four corners in pixels,
            clockwise from the upper left), and ``text``, the same lines as plain text; lines from top to bottom.
            desc of ``result``: ``width`` and ``height`` of the picture as read
Parameters  ocr.min_score = X      leave out lines less certain than X (0 to 1, default 0.5)
Config      ocr.threads = N        CPU threads of one reader (default 2)
            ocr.readers = N        pictures read at the same time (default 1); more wait in line
            ocr.max_pixels = N     larger pictures are refused (default 50,000,000)
"""

from __future__ import annotations

import io
import json
import logging
import queue

from aiges_embed import DataListCls, Response, ResponseData

TEXT, IMAGE = 0, 2

NO_PICTURE, NOT_A_PICTURE, TOO_LARGE, BAD_NUMBER, NOT_INSTALLED = 4101, 4102, 4103, 4104, 4105

TEXTS = {
    NO_PICTURE: "the request holds no picture: send a node of type image (2) with the bytes of a picture file",
    NOT_A_PICTURE: "the bytes are no picture that can be read: send a whole PNG, JPEG, WebP, TIFF, BMP or GIF file",
    TOO_LARGE: "the picture has more pixels than ocr.max_pixels allows: send a smaller one",
    BAD_NUMBER: "a setting is not a number or out of range (ocr.min_score, ocr.threads, ocr.readers, ocr.max_pixels)",
    NOT_INSTALLED: "rapidocr-onnxruntime is not installed here: pip install -r library/ocr/requirements.txt",
}

log = logging.getLogger("ocr")


class OcrError(Exception):
    """A request that is answered with a code."""

    def __init__(self, code: int) -> None:
        super().__init__(TEXTS[code])
        self.code = code


def setting(values: dict, key: str, default: float, lowest: float, highest: float) -> float:
    try:
        value = float(values.get(key, default))
    except ValueError:
        raise OcrError(BAD_NUMBER) from None
    if not lowest <= value <= highest:
        raise OcrError(BAD_NUMBER)
    return value


def make_reader(threads: int):
    """A RapidOCR with at most `threads` CPU threads per model."""
    import rapidocr_onnxruntime
    from onnxruntime import SessionOptions
    from rapidocr_onnxruntime import utils

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    if not hasattr(utils, "SessionOptions"):
        return rapidocr_onnxruntime.RapidOCR(intra_op_num_threads=threads, inter_op_num_threads=1)

    # 1.2, the newest release for Python 3.13, has no setting for it: it gets options that are limited already.
    def limited() -> SessionOptions:
        options = SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        return options

    utils.SessionOptions = limited
    try:
        return rapidocr_onnxruntime.RapidOCR()
    finally:
        utils.SessionOptions = SessionOptions


def decode(data: bytes, max_pixels: int):
    """The picture upright, on white where it is transparent: uint8 array, shape (height, width, 3), blue first."""
    import numpy
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > max_pixels:
                raise OcrError(TOO_LARGE)
            upright = ImageOps.exif_transpose(picture)
            if "A" in upright.getbands() or "transparency" in upright.info:
                upright = upright.convert("RGBA")
                paper = Image.new("RGBA", upright.size, "white")
                upright = Image.alpha_composite(paper, upright)
            pixels = numpy.asarray(upright.convert("RGB"))
    except OcrError:
        raise
    except Image.DecompressionBombError:
        raise OcrError(TOO_LARGE) from None
    except Exception as error:  # decoders of broken files raise OSError, ValueError, SyntaxError, struct.error, ...
        log.info("not a picture: %s", error)
        raise OcrError(NOT_A_PICTURE) from error
    return numpy.ascontiguousarray(pixels[:, :, ::-1])


class Wrapper:
    def wrapperInit(self, config: dict) -> int:
        try:
            threads = int(setting(config, "ocr.threads", 2, 1, 256))
            readers = int(setting(config, "ocr.readers", 1, 1, 64))
            self.max_pixels = int(setting(config, "ocr.max_pixels", 50_000_000, 1, 1_000_000_000))
            # A RapidOCR keeps the size of the picture it reads in itself, so it reads one at a time.
            self.readers: queue.LifoQueue = queue.LifoQueue()
            for _ in range(readers):
                self.readers.put(make_reader(threads))
        except OcrError as error:
            return error.code
        except ImportError as error:
            log.error("%s (%s)", TEXTS[NOT_INSTALLED], error)
            return NOT_INSTALLED
        return 0

    def wrapperFini(self) -> int:
        self.readers = queue.LifoQueue()
        return 0

    def wrapperError(self, code: int) -> str:
        return TEXTS.get(code, "")

    def wrapperOnceExec(self, params: dict, reqData: DataListCls, usrTag: str, persId: int) -> Response:
        try:
            min_score = setting(params, "ocr.min_score", 0.5, 0, 1)
            pictures = [node for node in reqData.list if node.type == IMAGE]
            if not pictures:
                raise OcrError(NO_PICTURE)
            return Response([item for node in pictures for item in self.read(node.data, min_score)])
        except OcrError as error:
            return Response(error_code=error.code)

    def read(self, data: bytes, min_score: float) -> tuple[ResponseData, ResponseData]:
        pixels = decode(data, self.max_pixels)
        reader = self.readers.get()
        try:
            found, _ = reader(pixels)
        finally:
            self.readers.put(reader)
        lines = [
            {
                "text": text.strip(),
                "score": round(float(score), 4),
                "box": [[round(float(x), 1), round(float(y), 1)] for x, y in box],
            }
            for box, text, score in found or ()
            if float(score) >= min_score
        ]
        result = ResponseData("result", json.dumps(lines, ensure_ascii=False).encode(), type=TEXT)
        result.desc = {"width": str(pixels.shape[1]), "height": str(pixels.shape[0])}
        return result, ResponseData("text", "\n".join(line["text"] for line in lines).encode(), type=TEXT)
