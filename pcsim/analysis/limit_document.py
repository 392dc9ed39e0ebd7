"""What limits a system as a document for programs."""

from __future__ import annotations

from math import isfinite

from pcsim.analysis.counterfactual import Diagnosis, Part


def document(found: Diagnosis) -> dict[str, object]:
    """The diagnosis as one document that can be written as JSON."""
    return {
        "verdict": found.verdict.value,
        "basis": found.basis.value,
        "limit": _plain(found.limit),
        "ties": _plain(found.ties),
        "together": _plain(found.together),
        "throughput": _plain(found.throughput),
        "changes": [
            {
                "kind": one.part.kind.value,
                "names": list(one.part.names),
                "change": one.change.value,
                "gain": _plain(one.gain),
                "throughput": one.throughput,
                "capacity": one.capacity or None,
            }
            for one in found.effects
        ],
        "enough": _plain(found.enough),
        "plan": _plain(found.plan),
        "supply": _plain(found.supply),
        "losses": _plain(found.losses),
        "wait": _plain(found.wait),
        "failing": _plain(found.failing),
        "runs": found.runs,
        "duration": found.duration,
    }


def _plain(value: object) -> object:
    """Named tuples as dictionaries, parts by their kind and names, other tuples as lists."""
    if isinstance(value, Part):
        return {"kind": value.kind.value, "names": list(value.names)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {field: _plain(one) for field, one in value._asdict().items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
