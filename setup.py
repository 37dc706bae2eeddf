"""ament_python package: colcon, pip and uv all read what it needs from here."""

from glob import glob
from pathlib import Path

from setuptools import find_packages, setup

package = "vpr_ros"

# What only some need, by what it is for; `pip install 'vpr_ros[networks]'` and so on, or `vpr_ros[all]`.
optional = {
    "networks": ["torch>=2.2", "torchvision", "timm>=1.0.9", "kornia>=0.8"],
    "onnx": ["onnxruntime>=1.17"],
    "search": ["faiss-cpu>=1.8"],
    "evaluation": ["evo>=1.28", "plotly>=5.20", "scikit-learn>=1.3"],
}

setup(
    name=package,
    version="0.1.0",
    description="Visual place recognition and localization for ROS 2 robots: places, rooms and poses from one camera.",
    # Beside the real file: `colcon build --symlink-install` runs a link to it.
    long_description=(Path(__file__).resolve().parent / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    maintainer="vpr_ros maintainers",
    maintainer_email="maintainers@users.noreply.github.com",
    license="Apache-2.0",
    packages=find_packages(include=[package, f"{package}.*"]),
    package_data={package: ["py.typed", "evaluation/report/page/*"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{package}"]),
        (f"share/{package}", ["package.xml"]),
        (f"share/{package}/launch", glob("launch/*.launch.py")),
        (f"share/{package}/config", glob("config/*.*")),
        (f"share/{package}/config/examples", glob("config/examples/*.yaml")),
        (f"share/{package}/config/flats", glob("config/flats/*.yaml")),
        (f"share/{package}/config/presets", glob("config/presets/*.yaml")),
    ],
    zip_safe=False,
    python_requires=">=3.10",
    install_requires=[
        "numpy>=1.23",
        "opencv-python-headless>=4.6",
        "pyyaml>=6",
        "rosbags>=0.11.6",
        "rich>=13",
        "safetensors>=0.4",
        "pycolmap>=3.12",
    ],
    extras_require={
        # rclpy and Fast DDS as wheels, for machines without a ROS installation; a robot brings its own.
        "ros": [
            "ros-jazzy-rclpy; python_version>='3.11' and python_version<'3.13'",
            "ros-jazzy-rmw-fastrtps-cpp; python_version>='3.11' and python_version<'3.13'",
            "ros-jazzy-sensor-msgs; python_version>='3.11' and python_version<'3.13'",
            "ros-jazzy-nav-msgs; python_version>='3.11' and python_version<'3.13'",
            "ros-jazzy-visualization-msgs; python_version>='3.11' and python_version<'3.13'",
            "ros-jazzy-diagnostic-msgs; python_version>='3.11' and python_version<'3.13'",
            "ros-jazzy-std-srvs; python_version>='3.11' and python_version<'3.13'",
        ],
        **optional,
        "all": [each for extra in optional.values() for each in extra],
        "test": ["pytest>=8", "hypothesis>=6.100"],
        # litert runs the int8 network that ours is checked against, playwright drives a browser that the report is
        # opened in.
        "dev": [
            "ruff",
            "mypy",
            "types-PyYAML",
            "colcon-core",
            "colcon-ros",
            "setuptools<80",
            "playwright",
            "ai-edge-litert; python_version>='3.11'",
        ],
    },
    entry_points={
        "console_scripts": [
            "vpr = vpr_ros.cli.main:entry",
            "localizer = vpr_ros.ros.start_localizer:main",
            "map_to_odom = vpr_ros.ros.consumers.map_to_odom_process:main",
        ],
    },
)
