"""What is asked of the registries for one application, in a pass and in a checkout."""

from bot.assembly import FromRegistries
from bot.core.needs.application import Known
from bot.core.needs.registries import tags_to_ask, tags_to_date
from bot.core.policy import Application
from bot.core.values.build_times import read_build_times
from bot.core.versions.moving_tag import follows
from bot.passes.outside import Registries


async def ask_registries(registries: Registries, application: Application, known: Known) -> FromRegistries:
    """Return every tag of the application's images, and what the tags point at that matter now."""
    listed = application.images if follows(application) is None else ()
    tags = {image: await registries.tags(image) for image in listed}
    dated = tags_to_date(application, tags)
    built = await registries.built(dict.fromkeys(application.images, dated)) if dated else ()
    wanted = tags_to_ask(
        application,
        tags,
        held=known.held,
        history=known.source_history,
        created=read_build_times(application.images, built),
        untouched=known.untouched,
    )
    seen = await registries.observe(wanted)
    return FromRegistries(tags, {(each.image, each.tag or ""): each for each in seen})
