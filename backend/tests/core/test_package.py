import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[3]


def held(folder: Path, name: str) -> set[str]:
    """The files in a folder, which is called so in the wheel, but for what Python and a desktop leave there."""
    every = (path for path in folder.rglob("*") if "__pycache__" not in path.parts and path.name != ".DS_Store")
    return {f"{name}/{path.relative_to(folder)}" for path in every if path.is_file()}


def test_the_wheel_holds_all_that_a_server_needs_and_no_test(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.iterdir()
    with ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}
    needed = held(ROOT / "backend/clubroom", "clubroom") | held(ROOT / "frontend", "clubroom/frontend")
    assert names == {name for name in needed if not name.endswith((".test.js", ".d.ts"))}
