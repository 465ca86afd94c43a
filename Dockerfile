# The server: `docker build -t gitops-bot .`, then docs/operating.md. deploy/ has what runs the image on Kubernetes, with compose or
# without a container.
#
# Both stages stand on one base, pinned by the digest of its index, which names an image for amd64 and one for arm64 among others.
# Docker's own record of what it published has the digest: docker-library/repo-info, repos/python/remote/3.11.16-slim-trixie.md, commit
# 33a22f41ac7bf613bc03380b0317536a9a7fb5e8. `docker buildx imagetools inspect python:3.11.16-slim-trixie` names today's;
# Dependabot proposes it (.github/dependabot.yml). Python is the version that the tests of `make package` run on.
FROM python:3.11.16-slim-trixie@sha256:be1575ed968de893bd54f4c56315ff7c4736ce522c1bca08fd521731aafc0d76 AS build
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


FROM python:3.11.16-slim-trixie@sha256:be1575ed968de893bd54f4c56315ff7c4736ce522c1bca08fd521731aafc0d76
COPY --from=build /opt/gitops-bot /opt/gitops-bot

# Only this folder is written: the queue's file, and gitops-bot.env if the App is created at /setup. So the root can be read-only
# (`docker run --read-only`). Give the folder a volume. Delete the queue's file and the next sweep reaches the same end. Everything
# installed belongs to root and is compiled already.
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
