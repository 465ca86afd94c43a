"""What would a policy for this repository say? Pure: files in, a policy out, with what is a question and why.

Nothing here decides what happens: a person reads the policy before it is merged.
"""

from bot.detection.addition import Addition, NoAdditionError, add
from bot.detection.detect import Detected, Released, detect
from bot.detection.draft import Draft, draft
from bot.detection.page import suggestion
from bot.detection.promotions import Promotion, first_promotions, images_to_ask
from bot.detection.questions import Question
from bot.detection.reading.choice import most_telling
from bot.detection.reading.tree import LARGEST, Tree, is_wanted

__all__ = [
    "LARGEST",
    "Addition",
    "Detected",
    "Draft",
    "NoAdditionError",
    "Promotion",
    "Question",
    "Released",
    "Tree",
    "add",
    "detect",
    "draft",
    "first_promotions",
    "images_to_ask",
    "is_wanted",
    "most_telling",
    "suggestion",
]
