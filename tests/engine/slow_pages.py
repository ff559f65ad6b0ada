"""Pages that test how the server answers, not what."""

import threading
import time
from collections.abc import Iterator

from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

MEET = threading.Barrier(4, timeout=20)
CLOSED = threading.Event()


def meet(request: HttpRequest) -> HttpResponse:
    """Answer only when four requests are here at once."""
    MEET.wait()
    return HttpResponse("met")


def database(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse(f"{threading.current_thread().name}")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[str]:
        try:
            for n in range(1000):
                yield f"{n}\n"
                time.sleep(0.01)
        finally:
            CLOSED.set()

    return StreamingHttpResponse(parts())


def size(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(sum(file.size or 0 for file in request.FILES.values())))


def fails(request: HttpRequest) -> HttpResponse:
    raise ValueError("on purpose")


urlpatterns = [
    path("meet", meet), path("database", database), path("stream", stream), path("size", size), path("fails", fails),
]  # fmt: skip
