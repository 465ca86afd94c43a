"""What do scripts and portals read about an application?"""

from bot.core.status.status import (
    ApplicationStatus,
    EnvironmentStatus,
    GateStatus,
    PromotionStatus,
    Status,
    application_status,
)

__all__ = ["ApplicationStatus", "EnvironmentStatus", "GateStatus", "PromotionStatus", "Status", "application_status"]
