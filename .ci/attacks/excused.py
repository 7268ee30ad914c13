"""What schemathesis is let off with, each by name and with its reason; whatever else it finds fails the run.

Each check here is one of schemathesis' own, which .ci/verify-attacks.sh leaves out in its favour.
"""

import jsonschema_rs
import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.specs.openapi import checks

# Rules between two values, which a schema of the one cannot tell. The document says them in words.
RELATIONS = {
    # A cursor is opaque: its pattern is nobody's business, and one made up is refused.
    "is not one that this route gave",
    # A range, or a session, that ends before it begins.
    "must not be earlier than from",
    "must not be before the session's start",
    # Times against the sender's clock, and against the retention of the deployment.
    "must not be later than sent_at",
    "is longer ago than sessions are kept",
    # The id stands in the path and once more in the start record that an end may carry.
    "must be the id of the session that ended",
}

# A bad event spoils neither the others nor the heartbeat that carries it: it is answered in `rejected`, with a 200.
EVENTS = ("started", "ended", "changed", "errors")

# An id may hold a slash: what stands there is also a session named `.../end`, which can be killed.
ALLOWED_TOO = {"POST /api/v1/sessions/{id}/end": {"POST", "DELETE"}}


@schemathesis.check
def described_data_acceptance(ctx, response, case):
    try:
        checks.positive_data_acceptance(ctx, response, case)
    except Failure:
        faults = response.json().get("errors", []) if response.status_code == 400 else []
        if not faults or any(fault["message"] not in RELATIONS for fault in faults):
            raise


@schemathesis.check
def undescribed_data_rejection(ctx, response, case):
    try:
        checks.negative_data_rejection(ctx, response, case)
    except Failure:
        if not (response.status_code == 200 and case.operation.label == "POST /api/v1/heartbeat" and but_for_events(case)):
            raise


@schemathesis.check
def allow_header(ctx, response, case):
    try:
        checks.allow_header_conformance(ctx, response, case)
    except Failure:
        named = {method.strip() for value in response.headers.get("allow", []) for method in value.split(",")}
        if named != ALLOWED_TOO.get(case.operation.label):
            raise


def but_for_events(case) -> bool:
    """Whether a heartbeat is as described once its events are taken out."""
    if not isinstance(case.body, dict):
        return False
    bare = {name: [] if name in EVENTS and isinstance(value, list) else value for name, value in case.body.items()}
    components = case.operation.schema.raw_schema["components"]
    schema = {"$ref": "#/components/schemas/Heartbeat", "components": components}
    return jsonschema_rs.validator_for(schema).is_valid(bare)
