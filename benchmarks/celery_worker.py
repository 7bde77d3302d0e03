"""What teams build who send webhooks with Celery: a task that posts with requests and records in PostgreSQL.

It runs as `celery -A benchmarks.celery_worker worker`, and is told by the environment where everything is.
"""

from __future__ import annotations

import os
import threading

import psycopg
import requests
from celery import Celery

from benchmarks.endpoint import BODY, HEADERS

TABLE = (
    "CREATE TABLE IF NOT EXISTS attempt (id bigserial PRIMARY KEY, number integer, status integer, "
    "response text, ended_at timestamptz DEFAULT now())"
)
RECORD = "INSERT INTO attempt (number, status, response) VALUES (%s, %s, %s)"

app = Celery("deliveries", broker=os.environ.get("CELERY_BROKER", "memory://"))
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,  # as whoever must not lose a webhook sets it
    worker_prefetch_multiplier=4,
    broker_connection_retry_on_startup=True,
)
_mine = threading.local()


def deliver(number: int) -> None:
    """Post, and write down what came of it."""
    if not hasattr(_mine, "http"):
        _mine.http = requests.Session()
        _mine.database = psycopg.connect(os.environ["CELERY_DATABASE"], autocommit=True)
    answer = _mine.http.post(os.environ["CELERY_ENDPOINT"], data=BODY, headers=HEADERS, timeout=15)
    _mine.database.execute(RECORD, (number, answer.status_code, answer.text[:1000]))


task = app.task(name="deliver")(deliver)
