# SPDX-License-Identifier: LGPL-2.1-or-later
"""Containers for tests: a root of a busybox, and definitions."""

import shutil
from pathlib import Path

APPLETS = """
    cat chmod chown cp date dd df echo env false grep halt head hostname id ifconfig insmod ip kill
    ln ls mkdir mknod mount mv nc nsenter ping poweroff ps pwd readlink reboot rm sed seq sh sleep
    stty su swapon sync tail test touch tr true tty umount unshare wc wget yes
""".split()

# Answers what is asked at its console, and obeys the signals that a busybox init would.
INIT = """#!/bin/sh
trap 'echo reeve-container: going down; exit 0' TERM USR2
echo reeve-container: ready
while true; do
    IFS= read -r line || { sleep 1; continue; }
    eval "$line"
done
"""


def busybox_root(folder):
    """Fills an empty folder with what a small container needs. Returns it."""
    folder = Path(folder)
    for name in ("bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "var"):
        (folder / name).mkdir(parents=True)
        (folder / name).chmod(0o1777 if name == "tmp" else 0o755)
    folder.chmod(0o755)
    shutil.copy("/bin/busybox", folder / "bin/busybox")
    for applet in APPLETS:
        (folder / "bin" / applet).symlink_to("busybox")
    (folder / "etc/passwd").write_text(
        "root:x:0:0:root:/root:/bin/sh\ntester:x:1000:1001::/tmp:/bin/sh\n"
    )
    (folder / "etc/group").write_text("root:x:0:\ntesters:x:1001:\n")
    (folder / "bin/test-init").write_text(INIT)
    (folder / "bin/test-init").chmod(0o755)
    return folder


def container_xml(name, root, init="<init>/bin/test-init</init>", devices="", more="", memory=64):
    """The definition of a container of this root."""
    return f"""<domain type='lxc'>
  <name>{name}</name>
  <memory unit='MiB'>{memory}</memory>
  <os><type>exe</type>{init}</os>
  {more}
  <devices>
    <filesystem type='mount'><source dir='{root}'/><target dir='/'/></filesystem>
    {devices}
    <console type='pty'/>
  </devices>
</domain>
"""
