# SPDX-License-Identifier: LGPL-2.1-or-later
"""Images for tests: made by umoci, as anybody's are, and kept by a registry on loopback."""

import hashlib
import json
import shutil
import socket
import subprocess
from pathlib import Path

from harness.container import busybox_root
from harness.process import run, wait_for

TOOLS = ("umoci", "skopeo", "crun")


def missing_tools():
    """The programs that making and fetching images takes and that are not there."""
    return [tool for tool in TOOLS if not shutil.which(tool)]


def make_layout(folder, *config, more=None):
    """An OCI layout with one image, "latest", of a busybox; `more` fills the root further. Returns
    its path."""
    folder = Path(folder)
    folder.mkdir()
    layout, root = folder / "layout", busybox_root(folder / "root")
    if more:
        more(root)
    run("umoci", "init", "--layout", layout)
    run("umoci", "new", "--image", f"{layout}:latest")
    run("umoci", "insert", "--image", f"{layout}:latest", root, "/", seconds=120)
    if config:
        run("umoci", "config", "--image", f"{layout}:latest", *config)
    shutil.rmtree(root)
    return layout


def change_config(layout, change):
    """Has `change` change the part "config" of the image's configuration: what umoci cannot say."""

    def blob(digest):
        return Path(layout) / "blobs" / digest.replace(":", "/")

    def put(document):
        text = json.dumps(document).encode()
        digest = "sha256:" + hashlib.sha256(text).hexdigest()
        blob(digest).write_bytes(text)
        return {"digest": digest, "size": len(text)}

    place = Path(layout) / "index.json"
    index = json.loads(place.read_text())
    manifest = json.loads(blob(index["manifests"][0]["digest"]).read_text())
    config = json.loads(blob(manifest["config"]["digest"]).read_text())
    change(config.setdefault("config", {}))
    manifest["config"].update(put(config))
    index["manifests"][0].update(put(manifest))
    place.write_text(json.dumps(index))


def image_xml(name, image, os="", more=""):
    """The definition of a container of an image."""
    return f"""<domain type='lxc'>
  <name>{name}</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type>{os}</os>
  <devices><console type='pty'/></devices>
  <reeve:image xmlns:reeve='urn:reeve:container' {more}>{image}</reeve:image>
</domain>
"""


class Registry:
    """Debian's docker-registry, for itself alone, at self.host."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.host = f"127.0.0.1:{probe.getsockname()[1]}"
        config = self.folder / "config.yml"
        config.write_text(
            "version: 0.1\nlog: {level: error}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.folder}/data}}}}\n"
            f"http: {{addr: '{self.host}'}}\n"
        )
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["docker-registry", "serve", config], stdout=log, stderr=log
            )
        wait_for("the registry", self.answers, 30)

    def answers(self):
        with socket.socket() as probe:
            address, port = self.host.split(":")
            return probe.connect_ex((address, int(port))) == 0

    def push(self, layout, name):
        run("skopeo", "copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false",
            f"oci:{layout}:latest", f"docker://{self.host}/{name}")

    def close(self):
        self.process.terminate()
        self.process.wait(30)
