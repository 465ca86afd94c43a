"""Registries' hooks, between the web application and what the settings say of their senders."""

from collections.abc import Mapping

from aiohttp import ClientSession

from bot.core.needs.subscriptions import Due, image_topic
from bot.registries.hooks.hook import Rejected
from bot.registries.hooks.hook import Reply as HookReply
from bot.registries.hooks.proofs.amazon import Amazon
from bot.registries.hooks.proofs.google import Google
from bot.registries.hooks.proofs.issued import fetcher
from bot.registries.hooks.reception import Call, Reception
from bot.runtime import Runtime
from bot.settings import Settings
from bot.web.parts import Refused, RegistryHook, Reply


class RegistryHooks:
    """Authenticates registries' hooks, for the web application."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    async def admit(self, hook: RegistryHook) -> Refused | None:
        rejected = await self._reception.admit(_call(hook))
        return Refused(rejected.status, rejected.reason) if rejected else None

    async def route(self, hook: RegistryHook, body: bytes) -> Due | Refused | Reply:
        answer = await self._reception.route(_call(hook), body)
        match answer:
            case Rejected(status, reason):
                return Refused(status, reason)
            case HookReply(json):
                return Reply(json)
            case hints:
                return Due.of(image_topic(hint.image) for hint in hints)

    def greet(self, hook: RegistryHook) -> Mapping[str, str] | Refused:
        answer = self._reception.greet(_call(hook))
        return Refused(answer.status, answer.reason) if isinstance(answer, Rejected) else answer


def _call(hook: RegistryHook) -> Call:
    return Call(hook.vendor, hook.headers, hook.path_secret, hook.registry)


def reception(settings: Settings, session: ClientSession, runtime: Runtime) -> Reception:
    """Return who lets hooks in. Amazon and Google are asked only where the settings name a topic or a subscriber."""
    fetch, topics, subscriber = fetcher(session), settings.sns_topics, settings.pubsub
    return Reception(
        settings.registry_secrets,
        amazon=Amazon(topics, fetch=fetch, runtime=runtime) if topics else None,
        google=Google(subscriber, fetch=fetch, runtime=runtime) if subscriber else None,
    )
