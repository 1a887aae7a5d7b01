"""DirectGraphRunner: runs the components of Rasa's graph one after the other, without a scheduler."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import Any

from rasa.engine.runner.dask import DaskGraphRunner


class DirectGraphRunner(DaskGraphRunner):
    """A graph runner for a graph that is a straight line, or nearly so.

    Dask plans the graph again for each message, for workers that do not exist here. Here the order is computed once.
    """

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Runs the graph and returns the output of each target by its name.

        Args:
            inputs: Values for the input nodes of the graph, by name.
            targets: Names of the nodes to run; by default those of the graph schema.
        """
        results: dict[str, tuple[str, Any]] = {name: (name, value) for name, value in (inputs or {}).items()}
        targets = targets or self._graph_schema.target_names
        for name, needs in self._order(tuple(targets)):
            results[name] = self._instantiated_nodes[name](*[results[need] for need in needs])
        return {name: results[name][1] for name in targets}

    def _order(self, targets: tuple[str, ...]) -> list[tuple[str, list[str]]]:
        """Returns pairs of a node and the nodes and inputs that it needs, in an order in which they can run."""
        orders: dict[tuple[str, ...], list[tuple[str, list[str]]]] = self.__dict__.setdefault("_orders", {})
        if targets not in orders:
            nodes = self._graph_schema.minimal_graph_schema(list(targets)).nodes
            needed = {name: list(node.needs.values()) for name, node in nodes.items()}
            order = TopologicalSorter(needed).static_order()
            orders[targets] = [(name, needed[name]) for name in order if name in nodes]
        return orders[targets]
