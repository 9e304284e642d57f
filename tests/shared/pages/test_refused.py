"""What is refused before a page sees it is a page, too."""

import pytest

from shared.pages import places


@pytest.mark.parametrize(
    ("path", "root", "before"),
    [
        ("/board", "", ""),
        ("/board/inbox", "", ""),
        ("/routing/board/inbox", "", "/routing"),
        ("/routing/board/inbox", "/routing", "/routing"),
        ("/boards", "", None),
        ("/v1/board/x", "", None),
        ("/oauth/login", "", None),
    ],
)
def test_what_lies_below_the_root_of_the_pages_is_known_wherever_the_service_stands(
    path: str, root: str, before: str | None
) -> None:
    assert places.root_of({"path": path, "root_path": root}) == before
