# The server: `docker build -t gitops-bot .`, then README.md, "Running it".
#
# The base is pinned by its full version, Python's and Debian's. Tags can be moved, so pin the digest as well where you build:
# `docker buildx imagetools inspect python:3.11.14-slim-trixie` names it. It is not written here, because nobody has built and
# tried one particular digest for you, and a line that is older than Debian's last security update would keep it out.
FROM python:3.11.14-slim-trixie AS build
WORKDIR /source

# Two tools apart, so that neither pip nor setuptools ends up in the image: what installs, and what is installed.
COPY requirements/base.txt requirements/build.txt requirements/
RUN python -m venv /opt/tools \
    && /opt/tools/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt \
    && python -m venv --without-pip /opt/gitops-bot \
    && /opt/tools/bin/pip --python /opt/gitops-bot/bin/python install --no-cache-dir --require-hashes -r requirements/base.txt

COPY pyproject.toml README.md LICENSE ./
COPY bot bot
RUN /opt/tools/bin/pip wheel --no-cache-dir --no-index --no-deps --no-build-isolation --wheel-dir /opt/wheels . \
    && /opt/tools/bin/pip --python /opt/gitops-bot/bin/python install --no-cache-dir --no-index --no-deps /opt/wheels/*.whl


FROM python:3.11.14-slim-trixie
COPY --from=build /opt/gitops-bot /opt/gitops-bot

# The queue's file, and nothing else, is written; give it a volume. Delete it and the next sweep reaches the same end.
RUN install -d -o 10001 -g 10001 /var/lib/gitops-bot
WORKDIR /var/lib/gitops-bot
VOLUME ["/var/lib/gitops-bot"]
ENV PATH=/opt/gitops-bot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////var/lib/gitops-bot/queue.sqlite3

# A number, so that Kubernetes' runAsNonRoot can tell.
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", "import http.client, os, sys; asked = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 8080), timeout=4); asked.request('GET', '/healthz'); sys.exit(asked.getresponse().status != 200)"]
ENTRYPOINT ["gitops-bot"]
CMD ["serve"]
