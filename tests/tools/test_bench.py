"""The benchmark's own arithmetic: a wrong figure looks as good as a right one."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter

import pytest

from tools.benchmarks import comparison_table, model_cache, processes, stock_project
from tools.benchmarks.clients import Clients
from tools.benchmarks.connection import BadAnswer, Connection
from tools.benchmarks.figures import Series, median, over, percentile
from tools.benchmarks.messages import MESSAGES, conversation, with_probe
from tools.benchmarks.servers import free_port, wait_for_port

# Runs real parts, or takes long.
pytestmark = pytest.mark.real

LOG = (
    "INFO rasa.engine.training.hooks - Starting to train component 'DIETClassifier'.\n"
    "Epochs:   0%|          | 0/2 [00:00<?, ?it/s]\rEpochs:  50%|##  | 1/2 [05:10<05:10, 310s/it]\r"
    "Epochs: 100%|####| 2/2 [09:10<00:00, 275s/it, t_loss=1.2]\n"
    "INFO rasa.engine.training.hooks - Finished training component 'DIETClassifier'.\n"
    "INFO rasa.engine.training.hooks - Starting to train component 'TEDPolicy'.\n"
    "Epochs: 100%|####| 1/1 [00:19<00:00, 19s/it]\n"
)


def test_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([], 0.99) is None
    assert percentile([3.0], 0.99) == 3.0
    assert percentile([float(value) for value in range(1, 201)], 0.99) == 198.0
    assert percentile([5.0, 1.0, 3.0], 0.5) == 3.0
    assert median([None, 4.0, 2.0]) == 3.0 and median([None]) is None
    assert over(1.0, 0.0) is None and over(None, 2.0) is None and over(1.0, 4.0) == 0.25


def test_errors_count_as_messages_but_not_as_answers() -> None:
    figures = Series([10.0, 20.0, 30.0], Counter({"status 500": 1}), seconds=2.0, server_cpu=0.4).figures()
    assert (figures["messages"], figures["errors"], figures["per_second"]) == (4, 1, 1.5)
    assert figures["server_cpu"] == pytest.approx(100.0)


def test_epochs_are_read_from_the_log_and_extrapolated_without_the_first() -> None:
    epochs = model_cache.epochs_in(LOG)
    assert epochs["DIETClassifier"] == {"epochs": 2, "seconds": 550, "first": 310}
    assert model_cache.seconds_an_epoch(epochs["DIETClassifier"]) == 240
    assert model_cache.extrapolated({"seconds": 600, "epochs": epochs}, 100) == 600 + 98 * 240 + 99 * 19
    assert model_cache.extrapolated({"seconds": 600, "epochs": {}}, 100) is None


def test_without_a_response_selector_no_intent_has_facts_and_each_answer_is_there() -> None:
    """Rasa fails on every question about a subject with facts, and says nothing, when no component chooses one."""
    project = stock_project.stock_project(stock_project.sparse_config(), sample=1)
    plain = stock_project.without_facts(project)
    intents = {block["intent"] for block in plain["data/nlu.yml"]["nlu"] if "intent" in block}
    facts = {block["intent"] for block in project["data/nlu.yml"]["nlu"] if "/" in block.get("intent", "")}
    assert facts and not any("/" in intent for intent in intents)
    assert {f"utter_{fact.partition('/')[0]}" for fact in facts} <= plain["domain.yml"]["responses"].keys()


def test_the_same_message_stands_at_the_probed_turns() -> None:
    assert len(set(MESSAGES)) == 40
    texts = with_probe(3, 40, (1, 10, 40))
    assert texts[0] == texts[9] == texts[39] and texts[10] != texts[0]
    assert len({conversation(number, 5)[0] for number in range(40)}) == 40


def test_stock_data_has_nothing_of_our_own_components() -> None:
    blocks = [
        {"intent": "x", "metadata": {"ernst": "zorg"}, "examples": "- een\n- twee\n"},
        {"intent": "x", "examples": "- drie\n"},
        {"synonym": "raadslid", "examples": "- raadsleden\n"},
    ]
    assert stock_project.nlu_blocks(blocks)[0] == {"intent": "x", "examples": "- een\n- twee\n"}
    assert stock_project.nlu_blocks(blocks, sample=1) == [{"intent": "x", "examples": "- een\n"}, blocks[2]]
    config = stock_project.default_config(3, 4)
    assert {
        entry["name"]: entry["epochs"] for entry in config["pipeline"] + config["policies"] if "epochs" in entry
    } == {"DIETClassifier": 3, "ResponseSelector": 3, "UnexpecTEDIntentPolicy": 4, "TEDPolicy": 4}


def test_targets_are_marked() -> None:
    def column(letter: str, start: float, per_second: float) -> comparison_table.Column:
        level = {"median": 10.0, "p99": 50.0, "per_second": per_second}
        return comparison_table.Column(letter, letter, {}, [{"start": start, "clients": {1: level, 32: level}}])

    columns = [column("a", 2.0, 90.0), column("b", 10.0, 11.0), column("e", 2.0, 120.0)]
    text = comparison_table.table(columns, (1, 32))
    assert "right answer, a : b | 0.20 | reached |" in text
    assert "messages a second, 32 clients, e : b | 10.91 | reached |" in text
    assert "p99 : median of (e), 32 clients | 5.00 | **not reached** |" in text
    assert "median reply, 1 client, e : d | - | not measured |" in text


def test_memory_and_processor_time_include_children() -> None:
    child = "sum(range(5_000_000)); print('done', flush=True); input()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as started:
        assert started.stdout.readline() == b"done\n"
        assert len(processes.tree(started.pid)) == 2
        assert 5 < processes.memory(started.pid).pss <= processes.memory(started.pid).rss
        assert processes.cpu_seconds(started.pid) > 0.05
        started.communicate(b"\n")
    assert processes.tree(started.pid) == [] and os.getpid() in processes.tree(os.getpid())


def test_clients_count_what_they_say_and_what_goes_wrong() -> None:
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "tools.benchmarks.null_server", str(port)]) as server:
        wait_for_port(server, port)
        assert Clients(port, server.pid).load(clients=4, messages=30).count == 40
        turns = Clients(port, server.pid).long_conversations(2)
        assert {turn: series.count for turn, series in turns.items()} == {0: 80, 1: 2, 10: 2, 40: 2}
        assert Clients(port, server.pid, failure="ja").load(1, 5).errors == {"the safety text for failures": 5}
        server.terminate()
    assert Clients(port, server.pid).load(1, 5).errors == {"ConnectionRefusedError": 5}


def test_a_connection_opens_anew_after_a_fault() -> None:
    answers = [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"] * 2

    async def talk() -> list[object]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answers.pop(0))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        connection, found = Connection(server.sockets[0].getsockname()[1]), []
        for _ in range(4):
            try:
                found.append(await connection.post("x", "hallo"))
            except BadAnswer as error:
                found.append(str(error))
        server.close()
        return found

    begun = time.monotonic()
    assert asyncio.run(talk()) == ["nonsense\r\n\r\n", (200, b"[]")] * 2
    assert time.monotonic() - begun < 2
