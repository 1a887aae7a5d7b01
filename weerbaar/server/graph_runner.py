"""DirectGraphRunner: runs Rasa's graph of components one after the other, without a scheduler."""
from __future__ import annotations

from graphlib import TopologicalSorter
from typing import Any, Dict, List, Optional, Text, Tuple

from rasa.engine.runner.dask import DaskGraphRunner


class DirectGraphRunner(DaskGraphRunner):
    """A graph runner for a graph that is a line, or nearly.

    Dask plans the graph anew for each message, for workers that there are not; here the order is worked out once.
    """

    def run(
        self, inputs: Optional[Dict[Text, Any]] = None, targets: Optional[List[Text]] = None
    ) -> Dict[Text, Any]:
        """Returns the output of each target by its name (see parent class)."""
        results: Dict[Text, Tuple[Text, Any]] = {name: (name, value) for name, value in (inputs or {}).items()}
        targets = targets or self._graph_schema.target_names
        for name, needs in self._order(tuple(targets)):
            results[name] = self._instantiated_nodes[name](*[results[need] for need in needs])
        return {name: results[name][1] for name in targets}

    def _order(self, targets: Tuple[Text, ...]) -> List[Tuple[Text, List[Text]]]:
        """Returns (node, nodes and inputs that it needs) in an order in which they can run."""
        orders: Dict[Tuple[Text, ...], List[Tuple[Text, List[Text]]]] = self.__dict__.setdefault("_orders", {})
        if targets not in orders:
            nodes = self._graph_schema.minimal_graph_schema(list(targets)).nodes
            needed = {name: list(node.needs.values()) for name, node in nodes.items()}
            order = TopologicalSorter(needed).static_order()
            orders[targets] = [(name, needed[name]) for name in order if name in nodes]
        return orders[targets]
