"""Policies that a stranger could write to keep the bot busy. Each grows with its argument."""

from collections.abc import Callable, Iterator

WEB = "version: 1\napplications:\n  web: {image: ghcr.io/acme/web}\n"
DEV = "environments:\n  dev: {path: envs/dev, from: registry}\n"


def _environments(lines: Iterator[str], head: str = WEB) -> str:
    return f"{head}environments:\n" + "".join(f"  {line}\n" for line in lines)


def _applications(lines: Iterator[str]) -> str:
    return "version: 1\napplications:\n" + "".join(f"  {line}\n" for line in lines)


def chain(size: int) -> str:
    """Each environment comes from the one before."""
    return _environments(f"e{n}: {{path: envs/e{n}, from: {f'e{n - 1}' if n else 'registry'}}}" for n in range(size))


def circle(size: int) -> str:
    """The same, joined at its ends."""
    return _environments(f"e{n}: {{path: envs/e{n}, from: e{(n - 1) % size}}}" for n in range(size))


def circles(size: int) -> str:
    """Many small circles, each of which feeds the next."""
    return _environments(
        f"e{n}: {{path: envs/e{n}, from: [e{n + 1 - n % 2 * 2}{f', e{n - 2}' if n > 1 else ''}]}}"
        for n in range(size // 2 * 2)
    )


def unknown_origins(size: int) -> str:
    return _environments(f"env-{n}: {{path: envs/e{n}, from: enf-{n}}}" for n in range(size))


def unknown_keys(size: int) -> str:
    return f"{WEB}{DEV}" + "".join(f"environment{n}: 1\n" for n in range(size))


def unknown_time_zones(size: int) -> str:
    windows = ", ".join(f"{{hours: '09:00-17:00', timezone: Europa/Berlin{n}}}" for n in range(size))
    return f"{WEB}{DEV}  prod: {{path: envs/prod, from: dev, gates: {{windows: [{windows}]}}}}\n"


def broken_applications(size: int) -> str:
    return _applications(f"a{n}: 7" for n in range(size)) + DEV


def one_image(size: int) -> str:
    """It belongs to every application, and every environment has one place for all of them."""
    return _environments(
        (f"e{n}: {{path: envs/e{n}, from: registry}}" for n in range(size)),
        _applications(f"a{n}: {{image: ghcr.io/acme/web}}" for n in range(size)),
    )


def nobody(size: int) -> str:
    """Owners may promote, and no application has any."""
    permissions = "permissions: {promote: [owners], rollback: [owners]}"
    return _environments(
        (f"e{n}: {{path: 'envs/e{n}/{{application}}', from: registry, {permissions}}}" for n in range(size)),
        _applications(f"a{n}: {{image: ghcr.io/acme/a{n}}}" for n in range(size)),
    )


def one_folder(size: int) -> str:
    return _environments(f"e{n}: {{path: envs, from: registry}}" for n in range(size))


def folders_in_folders(size: int) -> str:
    return _environments(f"e{n}: {{path: 'envs{'/a' * (n % 100)}/{n}', from: registry}}" for n in range(size))


def aliases(size: int) -> str:
    return f"{WEB}{DEV}x: &a [1]\n" + "".join(f"k{n}: *a\n" for n in range(size))


def merge_keys(size: int) -> str:
    return f"{WEB}{DEV}x-a: &a {{b: 1}}\nx-b:\n" + "".join(f"  k{n}: {{<<: *a, c: 1}}\n" for n in range(size))


def repeated_keys(size: int) -> str:
    return f"{WEB}{DEV}" + "version: 1\n" * size


LINEAR: tuple[Callable[[int], str], ...] = (
    chain,
    circle,
    circles,
    unknown_origins,
    unknown_keys,
    unknown_time_zones,
    broken_applications,
    one_image,
    nobody,
    one_folder,
    folders_in_folders,
    aliases,
    merge_keys,
    repeated_keys,
)
