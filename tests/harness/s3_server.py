"""A server that speaks S3's protocol, in a process of its own, with one bucket."""

from __future__ import annotations

import sys
from pathlib import Path

from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from config.embedded_redis import free_port
from tests.harness.programs import Program, wait_until

KEYS = {"AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "secret"}
BUCKET = "imajin"


class S3Server:
    """moto's threaded server; what it holds is lost when it ends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.endpoint = f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "moto.server", "-p", self.endpoint.rpartition(":")[2]]
        self.program = Program("s3", command, folder / "s3.log", KEYS)
        self.client = Session().create_client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    def url(self, prefix: str) -> str:
        """The IMAJIN_BLOB_URL of a place in the bucket."""
        return f"s3://{BUCKET}/{prefix}?endpoint_url={self.endpoint}&region_name=us-east-1"

    def start(self) -> S3Server:
        """Start it, wait until it answers, and make the bucket."""
        self.program.start()
        wait_until(self._answers, 60, "the S3 server answers")
        self.client.create_bucket(Bucket=BUCKET)
        return self

    def keys(self, prefix: str = "") -> list[str]:
        """The keys of all objects under a prefix."""
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"] for entry in found.get("Contents", [])]

    def _answers(self) -> bool:
        assert self.program.alive, self.program.text()[-2000:]
        try:
            self.client.list_buckets()
        except BotoCoreError:
            return False
        return True
