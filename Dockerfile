# syntax=docker/dockerfile:1

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/data-on-demand
WORKDIR /source
COPY . .
# The lock gives the versions, pyproject.toml says what the service needs of them: neither the tools of development nor
# the embedded mongod come along.
RUN /opt/data-on-demand/bin/pip install --constraint requirements.lock . \
    && /opt/data-on-demand/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin data-on-demand
COPY --from=build /opt/data-on-demand /opt/data-on-demand
COPY docker/entrypoint.sh /opt/data-on-demand/entrypoint.sh
ENV PATH=/opt/data-on-demand/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_ON_DEMAND_HOST=0.0.0.0 \
    DATA_ON_DEMAND_PORT=8080
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-c", \
    "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8080, timeout=4); c.request('GET', '/health/live'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["sh", "/opt/data-on-demand/entrypoint.sh"]
CMD ["serve"]
