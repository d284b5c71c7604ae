# 一个镜像，三个服务：用命令选择。One image for the three services and all commands:
#   docker build -t duibiao:0.1.0 .
#   docker run duibiao:0.1.0 serve ingest
# BASE is anything with Python 3.11 on Debian 12; where images come by a mirror, name it there.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /build
RUN python3.11 -m venv /opt/duibiao
COPY requirements/run.txt requirements/
RUN /opt/duibiao/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --no-deps -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY duibiao duibiao
COPY services services
# What builds stays behind. Nothing may be compiled later: the root of the file system is read-only.
RUN /opt/duibiao/bin/pip install --no-cache-dir --disable-pip-version-check \
        --no-deps --no-build-isolation . \
    && /opt/duibiao/bin/pip uninstall -q -y setuptools pip \
    && python3.11 -m compileall -q /opt/duibiao/lib
COPY notice /opt/duibiao/notice

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="duibiao" \
      org.opencontainers.image.description="对标：盯住政府通知的承诺。Watches whether a government keeps the promises of its own notice." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/duibiao /opt/duibiao
# A number, so that Kubernetes can see that it is not root; no such user need exist.
RUN install -d -o 10001 -g 10001 -m 0750 /var/lib/duibiao
USER 10001:10001
WORKDIR /var/lib/duibiao
# The network is the container's own: who may reach it is said where it is run.
ENV PATH=/opt/duibiao/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DUIBIAO_HOST=0.0.0.0 \
    DUIBIAO_PORT=8080 \
    DUIBIAO_STATE_FOLDER=/var/lib/duibiao \
    DUIBIAO_DATABASE_URL=sqlite:////var/lib/duibiao/duibiao.db
EXPOSE 8080
# Ready, not only alive: what waits for a service waits for one that takes work. There is no curl.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:%s/readyz' % os.environ['DUIBIAO_PORT'], timeout=4)"]
ENTRYPOINT ["duibiao"]
CMD ["--help"]
