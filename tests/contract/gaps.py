"""What the sandbox is known not to do as a real server does: the name of the test that shows it, and why it is so.

The test is expected to fail on the sandbox, and the table in ``docs/sandbox.md`` gives the reason. One that passes
after all fails the suite, so that this list only holds what is true.
"""

from __future__ import annotations

KNOWN_GAPS: dict[str, str] = {
    "test_unknown_strategy_is_told_with_all_of_it": (
        "it is told at `spec.strategy.type`; kube-apiserver shows its own struct"
    ),
}

LEFT_OUT: tuple[str, ...] = (
    "Protocol buffers are read, and answered with JSON.",
    "Roles are kept and not enforced: who has a token may do everything, in their own name only.",
    "Pods do not run: no logs, no exec, no port-forward, no networks, no volumes, no Endpoints.",
    "Admission plugins and webhooks, quotas, limit ranges and priorities are kept and not enforced.",
    "CronJobs, autoscalers, disruption budgets and volumes have no controller.",
    "Conversion webhooks and aggregated API servers.",
)
"""What it does not do at all, by choice."""
