"""Taking in a file without ever holding it in memory."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from typing_extensions import override

from shuke.platform.imports import actions
from shuke.platform.imports.errors import UnreadableFile


class ReceivedFile(UploadedFile):  # type: ignore[type-arg]
    """An upload that already lies where it belongs; ``received`` names it."""

    def __init__(self, received: actions.Receiving, **said: Any) -> None:
        super().__init__(None, **said)
        self.received = received


class StraightToDisk(FileUploadHandler):
    """Writes an upload into the import's own folder as it arrives, and stops it at the limit."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._receiving: actions.Receiving | None = None
        # Set when the file was not taken: then the form sees no file at all.
        self.refusal: UnreadableFile | None = None

    @override
    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._receiving = actions.Receiving()

    @override
    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self._receiving is not None
        try:
            self._receiving.write(raw_data)
        except UnreadableFile as refusal:
            self.refusal = refusal
            raise StopUpload(connection_reset=False) from refusal

    @override
    def file_complete(self, file_size: int) -> ReceivedFile:
        assert self._receiving is not None
        return ReceivedFile(self._receiving, name=self.file_name, content_type=self.content_type, size=file_size)

    @override
    def upload_interrupted(self) -> None:
        if self._receiving is not None:
            self._receiving.discard()
