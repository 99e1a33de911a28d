"""Stands for a library that recognises speech: each chunk of samples becomes a word."""


class Decoder:
    def __init__(self, rate=16000):
        self.rate = rate
        self.chunks = []

    def feed(self, samples):
        self.chunks.append(len(samples))
        return "+".join(map(str, self.chunks))

    def finish(self):
        return f"{len(self.chunks)} chunks, {sum(self.chunks)} bytes"
