"""Answers compressed for who asks: Brotli where it is understood, else gzip."""

from functools import cached_property
from typing import Final

import anyio.to_thread
import cramjam
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware, IdentityResponder
from starlette.types import ASGIApp, Receive, Scope, Send

from app.negotiation import accepts_encoding

__all__ = ["CompressionMiddleware"]

# Where Brotli is as fast as gzip at its usual level, and still smaller.
BROTLI_LEVEL: Final = 4
# Larger pieces are compressed beside the loop, so that others are answered meanwhile.
THREAD_MINIMUM_SIZE: Final = 128 * 1024


class BrotliResponder(IdentityResponder):
    """Compress one answer as it is sent."""

    content_encoding = "br"

    @cached_property
    def compressor(self) -> "cramjam.brotli.Compressor":
        """Return the stream of this answer, made when there is something to compress."""
        return cramjam.brotli.Compressor(BROTLI_LEVEL)

    async def apply_compression(self, body: bytes, *, more_body: bool) -> bytes:
        """Return what is to be sent for the next piece of the body."""
        if len(body) >= THREAD_MINIMUM_SIZE:
            return await anyio.to_thread.run_sync(self._compress, body, more_body)
        return self._compress(body, more_body)

    def _compress(self, body: bytes, more_body: bool) -> bytes:
        self.compressor.compress(body)
        return bytes(self.compressor.flush() if more_body else self.compressor.finish())


class CompressionMiddleware(GZipMiddleware):
    """Answer with Brotli who accepts it, and as gzip has it everybody else."""

    def __init__(self, app: ASGIApp, minimum_size: int, gzip_level: int) -> None:
        super().__init__(app, minimum_size=minimum_size, compresslevel=gzip_level)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose the encoding of an answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        accepted = Headers(scope=scope).getlist("Accept-Encoding")
        if accepts_encoding(accepted, "br"):
            responder: IdentityResponder = BrotliResponder(
                self.app, self.minimum_size, exclude_content_types=self.exclude_content_types
            )
        elif accepts_encoding(accepted, "gzip"):
            await super().__call__(scope, receive, send)
            return
        else:
            responder = IdentityResponder(self.app, self.minimum_size, exclude_content_types=self.exclude_content_types)
        await responder(scope, receive, send)
