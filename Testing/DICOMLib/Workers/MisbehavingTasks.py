"""Tasks for a worker process that do what a codec does on a hostile file."""

import os
import signal
import time

import numpy

from DICOMLib.Errors import UnsupportedTransferSyntaxError


def ramp(count, shape=(2, 3)):
    for number in range(count):
        yield {"frame": number}, numpy.arange(numpy.prod(shape), dtype="int16").reshape(shape) + number


def crash(signalName):
    os.kill(os.getpid(), getattr(signal, signalName))
    yield {}, numpy.zeros(1)


def crashHalfWay():
    yield {}, numpy.zeros((4, 4), "uint8")
    os.abort()


def loop():
    while True:
        time.sleep(0.01)
    yield {}, numpy.zeros(1)


def eatMemory(gigabytes):
    yield {}, numpy.ones(gigabytes << 30, "uint8")


def printNoise():
    print("noise of a codec", flush=True)
    os.write(1, b"more noise")
    yield {}, numpy.full((1, 1), 7, "uint8")


def refuse():
    yield from ()
    raise UnsupportedTransferSyntaxError("this compression is not read", value="x.y", hint="Install z")


def sendHeader(**header):
    """Whatever is in the header of an array."""
    from DICOMLib.Workers import ArraySender

    write = ArraySender.writeMessage

    def writeThat(stream, said, payload=None):
        ArraySender.writeMessage = write
        write(stream, said | header, payload)

    ArraySender.writeMessage = writeThat
    yield {}, numpy.ones((1, 1), "uint8")


def fail():
    yield from ()
    raise KeyError("something inside")


class RustPanic(BaseException):
    """As pyo3 raises it."""


def panic():
    yield from ()
    raise RustPanic("index out of range")


def sendWrongType():
    yield {}, numpy.zeros((2, 2), "complex64")


def nap(seconds):
    time.sleep(seconds)
    yield {}, numpy.zeros((1, 1), "uint8")
