"""The names of images in other tools' settings."""

from bot.core.values.images import ImageError, ImageName, Reference


def image_named(text: str) -> str:
    """Return the normalised name of an image, whose version is left out; '' for what is none."""
    try:
        return str(Reference.parse(text.strip()).name)
    except ImageError:
        return ""


def is_named(image: str, text: str) -> bool:
    """Report whether a text names this image, in whatever spelling."""
    try:
        return str(ImageName.parse(text)) == image
    except ImageError:
        return False
