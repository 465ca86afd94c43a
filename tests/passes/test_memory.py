"""What a process remembers belongs to a repository, whatever that is called."""

from typing import Any

import pytest

from bot.core.needs.application import Known
from bot.core.plan import Row
from bot.core.repository.fingerprints import Fingerprint
from bot.core.state import RefusedWrite
from bot.core.values.errors import Moved
from bot.passes.memory import Memory
from tests.builders import repository, state

POLICY = """\
version: 1
applications: {web: {image: ghcr.io/acme/web, source: acme/web}}
environments: {dev: {path: envs/dev, from: registry}}
"""
FORMER, PRESENT = "acme/manifests", "acme/deploy"

ONE, TWO = Fingerprint("1", "1"), Fingerprint("2", "2")


def filled() -> Memory:
    """With something of everything, of acme/manifests."""
    memory = Memory()
    memory.recognise(FORMER, repository(name=FORMER))
    memory.policies.read(FORMER, "1", {".gitops.yml": POLICY})
    memory.known[f"{FORMER}#web"] = Known(history=7)
    memory.states[f"{FORMER}#web"] = state()
    memory.fingerprints[f"{FORMER}#web"] = ONE
    memory.refusals.learn(f"{FORMER}#web", {"dev": RefusedWrite("merge #1", "No.")})
    memory.board(FORMER).learn("web", (Row("a row", stands_alone=True),))
    memory.reported(FORMER)["gitops/promotion", "1"] = None
    memory.touched_paths.learn((FORMER, "acme/web", ("**",)), ["1a"], {})
    return memory


def of(memory: Memory, name: str) -> list[Any]:
    """What is remembered under a name."""
    return [
        memory.policies.of(name) is not None,
        bool(memory.policies.untold(name)),
        memory.known.get(f"{name}#web") == Known(history=7),
        f"{name}#web" in memory.states,
        memory.fingerprints.get(f"{name}#web") == ONE,
        bool(memory.refusals.of(f"{name}#web")),
        bool(memory.board(name).rows),
        ("gitops/promotion", "1") in memory.reported(name),
    ]


def test_it_moves_along_with_a_renamed_repository() -> None:
    memory = filled()
    with pytest.raises(Moved) as moved:
        memory.recognise(FORMER, repository(name=PRESENT))

    assert moved.value.name == PRESENT
    assert all(of(memory, PRESENT))
    assert not any(of(memory, FORMER))
    memory.recognise(PRESENT, repository(name=PRESENT))


def test_what_is_known_by_the_present_name_already_stays() -> None:
    memory = filled()
    memory.policies.read(PRESENT, "2", {".gitops.yml": POLICY.replace("web: {", "other: {")})
    memory.fingerprints[f"{PRESENT}#web"] = TWO
    memory.refusals.learn(f"{PRESENT}#web", {})
    with pytest.raises(Moved):
        memory.recognise(FORMER, repository(name=PRESENT))

    policy = memory.policies.of(PRESENT)
    assert policy is not None
    assert list(policy.applications) == ["other"]
    assert memory.fingerprints == {f"{PRESENT}#web": TWO}
    assert not memory.refusals.of(f"{PRESENT}#web")
    assert ("image ghcr.io/acme/web", f"{PRESENT}#other") in (memory.policies.untold(PRESENT) or ())
    assert memory.policies.untold(FORMER) == frozenset()


@pytest.mark.parametrize("leads_to", [FORMER, PRESENT])
def test_another_repository_of_the_same_name_inherits_nothing(leads_to: str) -> None:
    memory = filled()
    with pytest.raises(Moved) as moved:
        memory.recognise(FORMER, repository(name=leads_to, node_id="R_2"))

    assert moved.value.name == leads_to
    assert not any(of(memory, FORMER))
    memory.recognise(leads_to, repository(name=leads_to, node_id="R_2"))


def test_a_policy_that_names_its_own_repository_by_a_former_name_is_read_once_more() -> None:
    """Code and manifests in one repository: what the bot merges is no version, whatever the repository was called."""
    policies, files = (
        Memory().policies,
        {".gitops.yml": POLICY.replace("source: acme/web", "source: acme/manifests, versions: {commit: long}")},
    )
    policies.read(PRESENT, "1", files)
    assert policies.learn_source(PRESENT, "acme/Manifests", PRESENT)
    policies.read(PRESENT, "1", files)
    assert not policies.learn_source(PRESENT, "acme/manifests", PRESENT)
    found = policies.of(PRESENT)
    assert found is not None
    named = found.applications["web"].source
    assert named is not None
    assert "!envs/dev" in named.paths
    # Another repository has taken the name.
    assert policies.learn_source(PRESENT, "acme/manifests", "acme/manifests")
    assert not policies.learn_source(PRESENT, "acme/web", "acme/web")
