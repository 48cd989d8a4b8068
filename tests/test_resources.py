from pathlib import Path

from chainstep import resources


def test_a_checkout_has_its_resources_beside_the_source() -> None:
    assert resources.path() == Path(__file__).parents[1] / "resources"
    assert resources.path("icons").is_dir()


def test_a_wheel_carries_its_resources_inside(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "chainstep"
    (package / "_resources").mkdir(parents=True)
    assert resources.folder_for(package) == package / "_resources"


def test_a_resource_need_not_exist_to_have_a_place() -> None:
    assert resources.path("icons", "none.svg") == resources.path() / "icons" / "none.svg"
