"""Stands for a library with a model: what a wrapper reads out of a picture is made of its bytes."""


class Reader:
    def __init__(self, weights="base", device="cpu"):
        self.weights = weights
        self.device = device

    def readtext(self, data):
        if not data.startswith(b"\x89PNG"):
            raise ValueError("not a picture")
        return [([0, 0, len(data), 1], f"page of {len(data)} bytes", 0.5)]

    def __call__(self, data):
        return self.readtext(data)


def load_model(path):
    return Reader(path)
