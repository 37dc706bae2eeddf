"""ament_python package: colcon, pip and uv all read what it needs from here."""

from glob import glob
from pathlib import Path

from setuptools import find_packages, setup

package = "vpr_ros"

setup(
    name=package,
    version="0.1.0",
    description="Visual place recognition and localization for ROS 2 robots: places, rooms and poses from one camera.",
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    maintainer="vpr_ros maintainers",
    maintainer_email="maintainers@users.noreply.github.com",
    license="Apache-2.0",
    packages=find_packages(include=[package, f"{package}.*"]),
    package_data={package: ["py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{package}"]),
        (f"share/{package}", ["package.xml"]),
        (f"share/{package}/launch", glob("launch/*.launch.py")),
        (f"share/{package}/config", glob("config/*.yaml") + glob("config/*.xml")),
        (f"share/{package}/config/flats", glob("config/flats/*.yaml")),
    ],
    zip_safe=False,
    python_requires=">=3.10",
    install_requires=[
        "numpy>=1.23",
        "opencv-python-headless>=4.6",
        "pyyaml>=6",
        "rosbags>=0.11.6",
        "rich>=13",
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
        "test": ["pytest>=8", "hypothesis>=6.100"],
        "dev": ["ruff", "mypy", "types-PyYAML", "faiss-cpu", "colcon-core", "colcon-ros", "setuptools<80"],
    },
    entry_points={
        "console_scripts": [
            "vpr = vpr_ros.cli.main:entry",
            "localizer = vpr_ros.ros.localizer_process:main",
        ],
    },
)
