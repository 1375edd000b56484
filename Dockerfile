# Production: the web server by default; compose.yaml runs the worker and the migrations from the same image.
# Needs DATABASE_URL, SECRET_KEY, ENCRYPTION_KEYS and ALLOWED_HOSTS; README.md lists the rest.
FROM python:3.11-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
       fonts-droid-fallback \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

ENV ENVIRONMENT=production \
    VAR_DIR=/var/lib/countinghouse \
    PYTHONUNBUFFERED=1 \
    GRANIAN_INTERFACE=wsgi \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=2

COPY . .
# The values are for this step alone: nothing is stored with them, and no database is asked.
RUN DATABASE_URL=postgres://none SECRET_KEY=only-to-collect-the-static-files-of-this-image ALLOWED_HOSTS=none \
    ENCRYPTION_KEYS=only-to-collect-the-static-files-of-this-picture \
    python manage.py collectstatic --noinput \
    && useradd --system --no-create-home countinghouse \
    && mkdir -p "$VAR_DIR/files" \
    && chown countinghouse: "$VAR_DIR" "$VAR_DIR/files"

USER countinghouse
EXPOSE 8000
CMD ["granian", "billing_site.wsgi:application"]
