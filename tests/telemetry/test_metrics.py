"""What labels may hold."""

from bot.telemetry.metrics import OTHER, Metrics, Names


def test_further_names_are_counted_together_so_that_policies_cannot_add_any_number() -> None:
    names = Names(most=2)

    assert [names.of(name) for name in ("dev", "prod", "qa", "dev")] == ["dev", "prod", OTHER, "dev"]


def test_two_servers_in_one_process_count_apart() -> None:
    ours, theirs = Metrics(), Metrics()
    ours.promotions.labels("dev", "opened").inc()

    asked = {"environment": "dev", "outcome": "opened"}
    assert ours.registry.get_sample_value("gitops_bot_promotions_total", asked) == 1
    assert theirs.registry.get_sample_value("gitops_bot_promotions_total", asked) is None
