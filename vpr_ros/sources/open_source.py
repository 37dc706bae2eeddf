"""A path becomes a Source: what it holds decides, not what it is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from vpr_ros.core.errors import SourceError, UsageError
from vpr_ros.core.paths import expand_path
from vpr_ros.sources.bags.bag_file import BAG_SUFFIXES
from vpr_ros.sources.bags.read_bag import BagSource
from vpr_ros.sources.folders.colmap_model import ColmapModel, is_colmap_model
from vpr_ros.sources.folders.image_folder import ImageFolder
from vpr_ros.sources.folders.rgbd_folder import RgbdFolder, is_rgbd_folder
from vpr_ros.sources.folders.seven_scenes_folder import SevenScenesFolder, is_seven_scenes_folder
from vpr_ros.sources.folders.tum_folder import TumFolder, is_tum_folder
from vpr_ros.sources.images.decode_image import IMAGE_SUFFIXES
from vpr_ros.sources.source import Source, SourceOptions

_TOPIC_OPTIONS = {"--image": "image_topic", "--pose": "pose_topic", "--info": "info_topic", "--depth": "depth_topic"}
_Opener = Callable[[Path, SourceOptions], Source]
_FOLDER_OPTIONS = ("trajectory", "positions", "images")
# Recognised in this order; which of the options of folders each understands.
_KINDS: tuple[tuple[Callable[[Path], bool], _Opener, str, tuple[str, ...]], ...] = (
    (is_rgbd_folder, RgbdFolder, RgbdFolder.kind, ()),
    (is_tum_folder, TumFolder, TumFolder.kind, ("trajectory",)),
    (is_seven_scenes_folder, SevenScenesFolder, SevenScenesFolder.kind, ()),
    (is_colmap_model, ColmapModel, ColmapModel.kind, ("images",)),
)


def open_source(path: Path, options: SourceOptions) -> Source:
    """A bag (folder or lone .mcap/.db3 file), a data set's folder, a COLMAP model or a folder of images.

    Raises SourceError where there is none or something is wrong with it, UsageError where options do not fit it.
    """
    path = expand_path(path)
    try:
        if not path.exists():
            raise SourceError(f"{path}: no such file or folder")
        if is_bag(path):
            _check_bag_options(path, options)
            return BagSource(path, options)
        if not path.is_dir():
            raise SourceError(f"{path}: {_what_it_is(path)}")
        return _open_folder(path, options)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error


def _open_folder(path: Path, options: SourceOptions) -> Source:
    """The first kind that the folder is; a folder of images is what is left."""
    _check_folder_options(path, options)
    for is_kind, opener, kind, fitting in _KINDS:
        if is_kind(path):
            _check_fitting(path, options, kind, fitting)
            return opener(path, options)
    if not _holds_images(path):
        raise SourceError(
            f"{path}: nothing in it is a source: no bag (metadata.yaml, *.mcap, *.db3), no RGB-D folder "
            "(rgb/, poses.csv, meta.json), no TUM sequence (rgb.txt, depth.txt), no COLMAP model (cameras, images), "
            f"no images ({', '.join(IMAGE_SUFFIXES)})"
        )
    _check_fitting(path, options, ImageFolder.kind, ("trajectory", "positions"))
    return ImageFolder(path, options)


def is_bag(path: Path) -> bool:
    """Whether it is a rosbag2 recording, finished or not."""
    if path.is_dir():
        return (path / "metadata.yaml").is_file() or any(child.suffix in BAG_SUFFIXES for child in path.iterdir())
    return path.suffix in BAG_SUFFIXES


def _holds_images(folder: Path) -> bool:
    return any(file.suffix.lower() in IMAGE_SUFFIXES for file in folder.rglob("*"))


def _what_it_is(path: Path) -> str:
    if path.suffix == ".bag":
        return "is a ROS 1 bag; convert it with `rosbags-convert`"
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return "is a single image; a source is a bag or a folder of images"
    return "is neither a bag (.mcap, .db3) nor a folder"


def _check_fitting(path: Path, options: SourceOptions, kind: str, fitting: Sequence[str]) -> None:
    for name in _FOLDER_OPTIONS:
        if getattr(options, name) is not None and name not in fitting:
            article = "an" if kind[0] in "aeiouR" else "a"
            own = "which brings its own poses" if name == "trajectory" else "which knows nothing of that"
            raise UsageError(f"{path} is {article} {kind}, {own}; leave out --{name}")


def _check_bag_options(path: Path, options: SourceOptions) -> None:
    _check_fitting(path, options, "rosbag2 recording", ("trajectory",))
    if options.trajectory is not None and options.pose_topic is not None:
        raise UsageError(
            f"--pose {options.pose_topic} and --trajectory {options.trajectory}: poses come from one of them"
        )


def _check_folder_options(path: Path, options: SourceOptions) -> None:
    given = [option for option, name in _TOPIC_OPTIONS.items() if getattr(options, name) is not None]
    given += ["--trust-odometry"] if options.trust_odometry else []
    given += ["--rectified"] if options.rectified else []
    if given:
        means = "means" if len(given) == 1 else "mean"
        raise UsageError(f"{path} is a folder without topics; {' and '.join(given)} only {means} something for a bag")
    if options.trajectory is not None and options.positions is not None:
        raise UsageError(
            f"--positions {options.positions} and --trajectory {options.trajectory}: poses come from one of them"
        )
