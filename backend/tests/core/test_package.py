import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[3]


def test_the_wheel_holds_all_that_a_server_needs_and_no_test(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.iterdir()
    with ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}
    program, page = ROOT / "backend/clubroom", ROOT / "frontend"
    needed = {f"clubroom/{path.relative_to(program)}" for path in program.rglob("*") if path.is_file()}
    needed |= {f"clubroom/frontend/{path.relative_to(page)}" for path in page.rglob("*") if path.is_file()}
    unneeded = (".test.js", ".d.ts", ".pyc")
    assert names == {name for name in needed if not name.endswith(unneeded)}
