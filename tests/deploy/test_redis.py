"""Redis as a deployment starts it: in memory only, the same everywhere, and what goes first when it is full."""

from __future__ import annotations

import time

import pytest
import redis
from deployment import DEPLOY, PASSWORD, redis_start, run, running_redis
from manifests import of_kind

# Runs real parts, or takes long.
pytestmark = pytest.mark.real


def test_redis_starts_in_the_same_way_everywhere(services):
    manifest = of_kind("Deployment")["redis"]["spec"]["template"]["spec"]["containers"][0]
    assert manifest["command"][:2] == services["services"]["redis"]["entrypoint"][:2]
    assert manifest["command"][2].strip() == redis_start(services).strip()
    assert of_kind("ConfigMap")["redis"]["data"]["redis.conf"] == (DEPLOY / "redis.conf").read_text()


def test_redis_keeps_everything_in_memory(services, tmp_path):
    with running_redis(tmp_path, redis_start(services)) as port:
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).ping()
        client = redis.Redis(port=port, password=PASSWORD)
        client.set("gesprek:a", "geheim", px=60_000)
        for command in ("SAVE", "BGSAVE", "BGREWRITEAOF", "CONFIG GET *", "REPLICAOF localhost 1"):
            with pytest.raises(redis.ResponseError, match="unknown command"):
                client.execute_command(*command.split())
        assert client.slowlog_get() == []
        # Our lock store needs scripts.
        with client.lock("slot:a", timeout=15):
            assert client.exists("slot:a")
        assert PASSWORD not in run("ps", "-eo", "args").stdout
    assert [path.name for path in tmp_path.iterdir()] == ["redis.conf"]


def test_a_full_redis_forgets_who_was_silent_longest_and_keeps_the_locks(services, tmp_path):
    with running_redis(tmp_path, redis_start(services), ("maxmemory 512mb", "maxmemory 4mb")) as port:
        client = redis.Redis(port=port, password=PASSWORD)
        for number in range(200):
            client.set(f"gesprek:oud-{number}", "x" * 10_000, px=1_800_000)
        time.sleep(2.5)  # Redis counts idleness in seconds
        for number in range(100):
            client.set(f"slot:{number}", "x", px=15_000)
        for number in range(150):
            client.set(f"gesprek:nieuw-{number}", "x" * 10_000, px=1_800_000)
        left = [sum(1 for _ in client.scan_iter(f"{kind}*")) for kind in ("gesprek:oud-", "slot:", "gesprek:nieuw-")]
    assert left[0] < 180 and left[1:] == [100, 150], left
