"""What only somebody who listens to a running robot can tell: who publishes, how, and what was not to be heard."""

from __future__ import annotations

from vpr_ros.doctor.finding import Finding, ok, skip, warn
from vpr_ros.doctor.recording import Recording


def check_live(recording: Recording) -> list[Finding]:
    """Nothing for a recording that was made before."""
    hearing, camera = recording.hearing, recording.camera
    if hearing is None:
        return []
    findings = [skip("live", reason) for reason in hearing.untold]
    if camera is None:
        return findings
    topic = camera.image.name
    offers = [offer for offer in hearing.offers if offer.topic == topic]
    if len(offers) > 1:
        nodes = ", ".join(sorted(offer.node for offer in offers))
        todo = "images of both are taken as one camera's: stop one, or remap it"
        findings.append(warn("publishers", f"{len(offers)} nodes publish {topic}: {nodes}", todo))
    elif offers:
        how = "reliably" if offers[0].reliable else "best effort"
        findings.append(ok("publishers", f"{offers[0].node} publishes {topic}, {how}"))
    return findings
