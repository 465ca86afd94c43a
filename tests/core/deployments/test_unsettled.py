"""Which applications of a fleet get a look because of their deployments."""

from datetime import timedelta

import pytest

from bot.core.deployments.unsettled import changed_lately, deployed, failures, may_fail
from bot.core.observation.commits import Outcome
from bot.core.observation.pull_request import EndedPull, LastPage
from bot.core.policy import Gates, Policy
from bot.core.policy.deployments import DeployedTo, Deployments
from tests.builders import NOW, ago, application, commit, environment, policy, report, sweep

SHOWN = Deployments(commits=(DeployedTo.MANIFESTS,), health=("argocd/{application}",))


def ended(branch: str, *, hours: float = 1, merged: bool = True) -> EndedPull:
    return EndedPull(1, branch, merged, ago(hours=hours), frozenset(), LastPage("PR", "", ""))


def rules() -> Policy:
    dev = environment("dev", deployments=SHOWN)
    prod = environment("prod", "dev", gates=Gates(health=("other/{application}",)))
    return policy(dev, prod, applications=[application("web"), application("api")])


def test_the_newest_merge_into_an_environment_that_shows_deployments_counts() -> None:
    found = deployed(
        [ended("gitops/dev/web", hours=2), ended("gitops/dev/web", hours=5), ended("gitops/dev/api", hours=30)], rules()
    )
    assert found == {"web": ago(hours=2), "api": ago(hours=30)}


@pytest.mark.parametrize("branch", ["fix", "gitops/prod/web", "gitops/dev/gone", "gitops/gone/web"])
def test_others_do_not_count(branch: str) -> None:
    assert deployed([ended(branch), ended("gitops/dev/web", merged=False)], rules()) == {}


def test_those_that_merged_within_the_day_are_looked_at_and_those_reported_since() -> None:
    found = {"web": ago(hours=30), "api": ago(hours=2)}
    assert changed_lately(found, sweep(), rules(), NOW) == ("api",)
    for age, looked_at in ((1, ("api", "web")), (25, ("api",))):
        told = sweep(recent=(commit("new", report("argocd/web", at=ago(hours=age)), report("build")),))
        assert changed_lately(found, told, rules(), NOW) == looked_at
    timeless = sweep(recent=(commit("new", report("argocd/web", at=None)),))
    assert changed_lately(found, timeless, rules(), NOW + timedelta(days=1)) == ()


def test_a_failure_counts_while_no_newer_commit_has_a_better_report() -> None:
    bad, good = report("argocd/web", Outcome.FAILURE), report("argocd/web")
    assert failures(sweep(recent=(commit("new"), commit("old", bad)))) == {"argocd/web"}
    assert failures(sweep(recent=(commit("new", good), commit("old", bad)))) == frozenset()


def test_a_failure_concerns_the_application_that_names_it() -> None:
    failing = frozenset({"argocd/web", "other/api"})
    assert may_fail(rules(), "web", failing)
    assert not may_fail(rules(), "api", failing), "prod shows no deployments"
    assert not may_fail(rules(), "web", frozenset())
