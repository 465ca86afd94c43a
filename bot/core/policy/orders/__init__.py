"""In which order do an application's tags come, and which of them count?

One file per order: its key in the policy, what may be written behind it, and how it places tags. To add one, add its kind to
`OrderKind`, its file, and its row here.
"""

from collections.abc import Mapping

from bot.core.policy.orders.alphabetical import ALPHABETICAL
from bot.core.policy.orders.commit import COMMIT
from bot.core.policy.orders.digest import DIGEST
from bot.core.policy.orders.newest import NEWEST
from bot.core.policy.orders.numeric import NUMERIC
from bot.core.policy.orders.order import Evidence, NoVersionError, OrderDefinition, OrderKind, OrderRules, Place
from bot.core.policy.orders.semver import SEMVER

ORDERS: Mapping[OrderKind, OrderDefinition] = {
    OrderKind.SEMVER: SEMVER,
    OrderKind.NUMERIC: NUMERIC,
    OrderKind.ALPHABETICAL: ALPHABETICAL,
    OrderKind.NEWEST: NEWEST,
    OrderKind.COMMIT: COMMIT,
    OrderKind.DIGEST: DIGEST,
}

__all__ = [
    "ORDERS",
    "Evidence",
    "NoVersionError",
    "OrderDefinition",
    "OrderKind",
    "OrderRules",
    "Place",
]
