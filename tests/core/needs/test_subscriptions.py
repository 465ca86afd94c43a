"""Which events make which applications due."""

from bot.core.needs.subscriptions import Due, image_topic, manifests_topic, source_topic, subscriptions
from tests.builders import WEB, application, environment, policy

WORKER = "ghcr.io/acme/worker"
RULES = policy(
    environment(), applications=[application("web", images=(WEB, WORKER), source="Acme/Web"), application("api")]
)


def test_images_and_sources_lead_to_the_applications_that_depend_on_them() -> None:
    assert subscriptions("acme/deploy", RULES, {}) == {
        ("manifests acme/deploy", "acme/deploy"),
        (f"image {WEB}", "acme/deploy#web"),
        (f"image {WORKER}", "acme/deploy#web"),
        ("source acme/web", "acme/deploy#web"),
        ("image ghcr.io/acme/api", "acme/deploy#api"),
    }


def test_a_source_is_known_by_the_name_that_it_has_now() -> None:
    """And by that of the policy, which another repository may have now."""
    found = subscriptions("acme/deploy", RULES, {"acme/web": "acme/site"})

    assert {topic for topic, _ in found if topic.startswith("source")} == {"source acme/web", "source acme/site"}


def test_an_event_names_keys_and_topics() -> None:
    named = [image_topic(WEB), "acme/deploy#web", source_topic("Acme/Web"), manifests_topic("acme/deploy")]

    assert Due.of([*named, *named]) == Due(
        keys=("acme/deploy#web",), topics=(f"image {WEB}", "manifests acme/deploy", "source acme/web")
    )
    assert Due.of(named)
    assert not Due.of([])
