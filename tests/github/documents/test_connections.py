"""Every list that a document asks for can say that there is more of it; what the bot does then is in `test_further_pages`."""

import re
from collections.abc import Iterator, Mapping

import pytest
from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode, parse
from graphql.language import DocumentNode, OperationDefinitionNode

from tests.github.documents.test_documents import QUESTIONS

MORE = frozenset({"hasNextPage", "hasPreviousPage", "totalCount"})
ENOUGH: Mapping[str, str] = {
    "repository.held": "one open issue with the label holds everything",
    "repository.boards": "without a dashboard in sight, the bot says nothing about a locked conversation",
    "ref.associatedPullRequests": "GitHub lets only one pull request be open from a branch into a base",
    "past.commits": "a past pull request's last commit shows what it brought",
    "past.timelineItems": "the newest close tells who closed it",
    "past.labels": "GitHub allows a hundred labels on a pull request",
    "repository.ended": "an older one got its last words when it was the newest",
    "history.parents": "only first parents are followed",
    "history.associatedPullRequests": "a page links one pull request for each commit",
    "l.history": "a page lists fifty commits",
    "branch.history": "the order `commit` says of another one that it is not among the newest hundred",
    "target.recent": "a commit that brought a version has its own alias; gate `health` says what it misses",
}
"""Lists of which the first few are enough, and why: by what the list belongs to and its name."""


def connections(document: DocumentNode) -> Iterator[tuple[str, SelectionSetNode]]:
    """Yield every connection of a document: `owner.field`, with what is asked of it."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}

    def walk(owner: str, selections: SelectionSetNode) -> Iterator[tuple[str, SelectionSetNode]]:
        for each in selections.selections:
            if isinstance(each, FragmentSpreadNode):
                yield from walk(owner, fragments[each.name.value].selection_set)
            elif isinstance(each, FieldNode):
                if each.selection_set is None:
                    continue
                name = re.sub(r"^(?:e\d+_)?(?:h\d+_)?([a-z]+)\d*", r"\1", (each.alias or each.name).value)
                if {argument.name.value for argument in each.arguments or ()} & {"first", "last"}:
                    yield f"{owner}.{name}", each.selection_set
                yield from walk(owner if name == "nodes" else name, each.selection_set)
            else:
                yield from walk(owner, each.selection_set)  # type: ignore[attr-defined] # an inline fragment

    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            yield from walk("", each.selection_set)


def asked(selections: SelectionSetNode) -> set[str]:
    """Return the names of the fields asked for, with those inside `pageInfo`."""
    fields = [each for each in selections.selections if isinstance(each, FieldNode)]
    inside = [each.selection_set for each in fields if each.name.value == "pageInfo" and each.selection_set]
    return {each.name.value for each in fields}.union(*(asked(each) for each in inside))


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_list_says_whether_there_is_more_or_why_that_does_not_matter(name: str) -> None:
    document, _ = QUESTIONS[name]

    silent = {path for path, selections in connections(parse(document.text)) if not MORE & asked(selections)}

    assert silent - ENOUGH.keys() == set()


def test_no_reason_is_left_over() -> None:
    texts = [document.text for document, _ in QUESTIONS.values()]
    silent = {path for text in texts for path, selections in connections(parse(text)) if not MORE & asked(selections)}

    assert ENOUGH.keys() == silent
