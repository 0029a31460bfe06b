"""What the sandbox is known not to do as a real server does: the name of the test that shows it, and why it is so.

The test is expected to fail on the sandbox, and the table in ``docs/sandbox.md`` gives the reason. One that passes
after all fails the suite, so that this list only holds what is true.
"""

from __future__ import annotations

KNOWN_GAPS: dict[str, str] = {
    "test_method_that_nobody_knows_is_not_allowed": "a method that HTTP does not know is a bad request",
    "test_what_the_server_allots_belongs_to_nobody": "it belongs to who created the object, as defaults do",
}

LEFT_OUT: tuple[str, ...] = (
    "Protocol buffers are read, and answered with JSON.",
    "Roles are kept and not enforced: who has a token may do everything, in their own name only.",
    "Pods do not run: no logs, no exec, no port-forward, no networks, no volumes, no Endpoints.",
    "Admission plugins and webhooks, quotas, limit ranges and priorities are kept and not enforced.",
    "CronJobs, autoscalers, disruption budgets and volumes have no controller.",
    "Volumes and claims are not protected by finalizers while they are in use.",
    "Of OpenAPI v3, the documents about other things than types, such as `/version`.",
    "Conversion webhooks and aggregated API servers.",
)
"""What it does not do at all, by choice."""
