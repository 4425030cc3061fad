# SPDX-License-Identifier: LGPL-2.1-or-later
"""File systems of containers: of image files and block devices, and parts of their own seen twice."""

import os
import signal
import unittest
from pathlib import Path

from harness.container import Containers, Host, container_xml, loops
from harness.process import run, wait_for


def exports(image):
    """The processes that show an image as a raw file."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if line.startswith("qemu-storage-daemon") and str(image) in line:
            found.append(path.parts[2])
    return found


class Mounts(Containers, Host):

    def image(self, name="data.img", folder=None, kind="ext4"):
        path = self.daemon.root / name
        with open(path, "wb") as file:
            file.truncate(16 << 20)
        run(f"mkfs.{kind}", "-q", *(("-d", str(folder)) if folder else ()), str(path))
        return path

    def filesystem(self, kind, source, target, more=""):
        return f"<filesystem type='{kind}'><source {source}/><target dir='{target}'/>{more}</filesystem>"

    def refused(self, words, **how):
        self.virsh("undefine", "box", ok=False)
        self.define(**how)
        result = self.virsh("start", "box", ok=False)
        self.assertNotEqual(result.returncode, 0)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertEqual(self.left_over(), [])


class Images(Mounts):

    def test_image(self):
        image = self.image()
        devices = self.filesystem("file", f"file='{image}'", "/data")
        console = self.begin(devices=devices)
        self.assertIn("/data ext4", self.ask(console, "grep /data /proc/mounts"))
        self.assertEqual(self.ask(console, "echo kept > /data/x; ls -n /data/x").split()[2], "0")
        self.assertEqual(len(loops(image)), 1)
        path = self.daemon.root / "other.xml"
        path.write_text(container_xml("other", self.root, devices=devices))
        result = self.virsh("create", path, ok=False)
        self.assertIn("is in use", result.stderr)
        self.daemon.restart(signal.SIGKILL)
        wait_for("running", lambda: self.state() == "running")
        self.virsh("destroy", "box")
        wait_for("no loop device", lambda: not loops(image))
        self.assertEqual(self.left_over(), [])
        self.virsh("start", "box")
        self.assertEqual(self.ask(self.console(), "cat /data/x"), "kept")

    def test_read_only_image_of_two(self):
        folder = self.daemon.root / "content"
        folder.mkdir()
        (folder / "hello").write_text("from the image\n")
        image = self.image(folder=folder)
        devices = self.filesystem("file", f"file='{image}'", "/data", "<readonly/>")
        for name in ("box", "other"):
            console = self.begin(name, devices=devices)
            self.assertEqual(self.ask(console, "cat /data/hello"), "from the image")
            self.assertIn("Read-only", self.ask(console, "touch /data/y 2>&1"))
        for name in ("box", "other"):
            self.virsh("destroy", name)
        wait_for("no loop device", lambda: not loops(image))

    def test_root_on_an_image(self):
        image = self.image(folder=self.root)
        self.root = image
        path = self.daemon.root / "box.xml"
        path.write_text(container_xml("box", image).replace("type='mount'><source dir",
                                                            "type='file'><source file"))
        self.virsh("define", path)
        self.virsh("start", "box")
        console = self.console()
        self.assertIn(" / ext4", self.ask(console, "cat /proc/mounts"))
        self.assertEqual(self.ask(console, "id -u; touch /made; ls -n /made").split()[:4],
                         ["0", "-rw-r--r--", "1", "0"])
        self.virsh("destroy", "box")
        wait_for("no loop device", lambda: not loops(image))

    def qcow2(self, name="data.qcow2", folder=None):
        raw = self.image(f"{name}.raw", folder)
        image = self.daemon.root / name
        run("qemu-img", "convert", "-O", "qcow2", str(raw), str(image))
        raw.unlink()
        return image

    def compressed(self, image, target="/data", more="", driver="nbd"):
        return (f"<filesystem type='file'><driver type='{driver}' format='qcow2'/>"
                f"<source file='{image}'/><target dir='{target}'/>{more}</filesystem>")

    def nothing_left(self, image):
        """No process, no cgroup, no loop device, and the image is whole."""
        self.assertEqual(self.left_over(), [])
        self.assertEqual(exports(image), [])
        children = run("ps", "--ppid", str(self.daemon.pid()), "-o", "stat=,comm=,cgroup=", ok=False).stdout
        self.assertNotRegex(children, "(?m)^Z")
        behind = [p.read_text(encoding="utf-8") for p in Path("/sys/block").glob("loop*/loop/backing_file")]
        self.assertEqual([text for text in behind if str(self.folder()) in text], [])
        self.assertEqual(list(Path("/sys/fs/cgroup").glob("**/*-images")), [])
        self.assertIn("No errors", run("qemu-img", "check", str(image)))

    def test_qcow2(self):
        image = self.qcow2()
        console = self.begin(devices=self.compressed(image))
        self.assertIn("/data ext4", self.ask(console, "grep /data /proc/mounts"))
        self.ask(console, "dd if=/dev/urandom of=/data/x bs=100k count=40 2>/dev/null")
        self.assertEqual(self.ask(console, "md5sum < /data/x > /data/sum; ls -n /data/sum").split()[2], "0")
        path = self.daemon.root / "other.xml"
        path.write_text(container_xml("other", self.root, devices=self.compressed(image)))
        self.assertIn("is in use", self.virsh("create", path, ok=False).stderr)
        self.virsh("suspend", "box")
        self.virsh("resume", "box")
        self.daemon.restart(signal.SIGKILL)
        wait_for("running", lambda: self.state() == "running")
        self.assertEqual(len(exports(image)), 1)
        self.virsh("destroy", "box")
        self.nothing_left(image)
        self.virsh("start", "box")
        console = self.console()
        told = self.ask(console, "test \"$(md5sum < /data/x)\" = \"$(cat /data/sum)\" && echo same")
        self.assertEqual(told, "same")
        # It ends by itself, while nobody looks.
        pid = int(self.virsh("domid", "box"))
        self.daemon.end(signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
        self.daemon.start()
        wait_for("shut off", lambda: self.state() == "shut off")
        self.nothing_left(image)

    def test_root_on_qcow2(self):
        image = self.qcow2(folder=self.root)
        path = self.daemon.root / "box.xml"
        path.write_text(container_xml("box", image).replace(
            "type='mount'><source dir", "type='file'><driver type='nbd' format='qcow2'/><source file"))
        self.virsh("define", path)
        self.virsh("start", "box")
        console = self.console()
        self.assertIn(" / ext4", self.ask(console, "cat /proc/mounts"))
        self.assertEqual(self.ask(console, "touch /made; ls -n /made").split()[:4],
                         ["-rw-r--r--", "1", "0", "0"])
        self.virsh("destroy", "box")
        self.nothing_left(image)

    def test_faults_of_qcow2(self):
        image = self.qcow2()
        raw = self.image()
        empty = self.daemon.root / "empty.qcow2"
        run("qemu-img", "create", "-f", "qcow2", str(empty), "1M")
        more = {"init": "<init>/bin/nothing</init>"}
        self.refused(("/bin/nothing",), devices=self.compressed(image), **more)
        self.nothing_left(image)
        self.refused(("not in qcow2 format",), devices=self.compressed(raw))
        self.refused(("no file system is known", "empty.qcow2"), devices=self.compressed(empty))
        self.refused(("/nowhere.qcow2", "No such file"), devices=self.compressed("/nowhere.qcow2"))
        self.refused(("raw images alone",), devices=self.compressed(image, driver="loop"))
        self.nothing_left(empty)

    def test_read_only_qcow2_of_two(self):
        folder = self.daemon.root / "content"
        folder.mkdir()
        (folder / "hello").write_text("from the image\n")
        image = self.qcow2(folder=folder)
        for name in ("box", "other"):
            console = self.begin(name, devices=self.compressed(image, more="<readonly/>"))
            self.assertEqual(self.ask(console, "cat /data/hello"), "from the image")
            self.assertIn("Read-only", self.ask(console, "touch /data/y 2>&1"))
        for name in ("box", "other"):
            self.virsh("destroy", name)
        self.nothing_left(image)

    def test_block_device(self):
        image = self.image()
        device = run("losetup", "--find", "--show", str(image)).strip()
        self.addCleanup(run, "losetup", "--detach", device)
        console = self.begin(devices=self.filesystem("block", f"dev='{device}'", "/data"))
        self.assertIn(f"{device} /data ext4", self.ask(console, "grep /data /proc/mounts"))
        self.assertEqual(self.ask(console, "touch /data/x; ls -n /data/x").split()[2], "0")
        self.assertEqual(self.ask(console, "mknod /data/n b 7 0 2>/dev/null || echo refused"), "refused")
        self.virsh("destroy", "box")
        self.assertEqual(self.left_over(), [])

    def test_faults_are_explained(self):
        empty = self.daemon.root / "empty.img"
        with open(empty, "wb") as file:
            file.truncate(1 << 20)
        torn = self.image("torn.img")
        with open(torn, "r+b") as file:
            file.truncate(70000)
        rows = (
            ("file", f"file='{empty}'", ("no file system is known",)),
            ("file", f"file='{torn}'", ("torn.img",)),
            ("file", "file='/nowhere.img'", ("/nowhere.img", "No such file")),
            ("file", f"file='{self.root}'", ("Is a directory",)),
            ("block", f"dev='{empty}'", ("not a block device",)),
            ("volume", "pool='p' volume='v'", ("no storage pool with matching name 'p'",)),
            ("template", "name='t'", ("template",)),
        )
        for kind, source, words in rows:
            with self.subTest(kind + source):
                self.refused(words, devices=self.filesystem(kind, source, "/data"))
        good = self.image("good.img")
        self.refused(("/bin/nothing",), init="<init>/bin/nothing</init>",
                     devices=self.filesystem("file", f"file='{good}'", "/data"))
        for image in (empty, torn, good):
            wait_for("no loop device", lambda path=image: not loops(path))

    def test_idmap(self):
        """The files belong to those users already, as libvirt has it."""
        image = self.image()
        for path in (self.root, *self.root.rglob("*")):
            os.chown(path, 300000, 300000, follow_symlinks=False)
        ids = "<{0} start='0' target='300000' count='65536'/>"
        more = f"<idmap>{ids.format('uid')}{ids.format('gid')}</idmap>"
        console = self.begin(more=more, devices=self.filesystem("file", f"file='{image}'", "/data") +
                             self.filesystem("bind", "dir='/root'", "/srv/again"))
        self.assertEqual(self.ask(console, "ls -nd /data").split()[2], "65534")
        self.assertEqual(self.ask(console, "ls -nd /srv/again").split()[2], "0")
        self.assertEqual((self.root / "srv/again").stat().st_uid, 300000)


class Binds(Mounts):

    def test_binds(self):
        (self.root / "root/there").write_text("seen twice\n")
        console = self.begin(devices=self.filesystem("ram", "usage='1' units='MiB'", "/ram") +
                             self.filesystem("bind", "dir='/root'", "/srv/deep/again") +
                             self.filesystem("bind", "dir='/root'", "/fixed", "<readonly/>") +
                             self.filesystem("bind", "dir='/ram'", "/of-ram") +
                             self.filesystem("bind", "dir='/etc/passwd'", "/var/users"))
        self.assertEqual(self.ask(console, "cat /srv/deep/again/there /fixed/there").split("\r\n"),
                         ["seen twice"] * 2)
        self.assertIn("Read-only", self.ask(console, "touch /fixed/x 2>&1"))
        self.assertEqual(self.ask(console, "echo 5 > /srv/deep/again/x; cat /root/x"), "5")
        self.assertEqual(self.ask(console, "echo 6 > /of-ram/x; cat /ram/x"), "6")
        self.assertIn("size=1024k", self.ask(console, "grep ' /of-ram tmpfs' /proc/mounts"))
        self.assertIn("tester", self.ask(console, "cat /var/users"))
        self.assertEqual((self.root / "srv/deep").stat().st_uid, 0)
        self.virsh("destroy", "box")
        self.assertEqual(self.left_over(), [])

    def test_no_way_out(self):
        """Links in the container's files lead nowhere else than for its own programs."""
        secret = self.daemon.root / "secret"
        secret.mkdir()
        (secret / "key").write_text("the host's")
        (self.root / "out").symlink_to(secret)
        self.refused(("cannot find '/out'",), devices=self.filesystem("bind", "dir='/out'", "/srv"))
        self.refused(("cannot make '/out/new'",),
                     devices=self.filesystem("bind", "dir='/root'", "/out/new"))
        self.assertEqual(list(secret.iterdir()), [secret / "key"])

    def test_source_is_missing(self):
        self.refused(("cannot find '/nowhere' in the container",),
                     devices=self.filesystem("bind", "dir='/nowhere'", "/srv"))


class Runc(Binds):
    """The same by the other runtime."""

    conf = "container_runtime = runc"
    test_image = Images.test_image
    test_root_on_an_image = Images.test_root_on_an_image


if __name__ == "__main__":
    unittest.main()


class Volumes(Mounts):
    def setUp(self):
        super().setUp()
        self.pool = self.daemon.root / "pool"
        self.virsh("pool-define-as", "p", "dir", "--target", self.pool)
        self.virsh("pool-build", "p")
        self.virsh("pool-start", "p")

    def volume(self, name, target, driver=""):
        return (f"<filesystem type='volume'>{driver}<source pool='p' volume='{name}'/>"
                f"<target dir='{target}'/></filesystem>")

    def test_volumes(self):
        """A folder is bound, an image is mounted; nothing of them is left, and all is kept."""
        self.virsh("vol-create-as", "p", "web", "0", "--format", "dir")
        run("qemu-img", "convert", "-O", "qcow2", self.image(), self.pool / "data")
        self.image(name="pool/raw")
        devices = (self.volume("web", "/web") + self.volume("raw", "/raw")
                   + self.volume("data", "/data", "<driver type='nbd' format='qcow2'/>"))
        console = self.begin(devices=devices)
        for folder in ("web", "raw", "data"):
            self.assertEqual(self.ask(console, f"echo kept > /{folder}/x; cat /{folder}/x"), "kept")
        self.assertIn("type='volume'", self.virsh("dumpxml", "box"))
        self.daemon.restart(signal.SIGKILL)
        wait_for("running", lambda: self.state() == "running")
        self.virsh("destroy", "box")
        self.assertEqual((self.pool / "web" / "x").read_text(), "kept\n")
        self.assertEqual(self.left_over(), [])

    def test_refused(self):
        devices = self.volume("none", "/x")
        self.refused(["no storage vol with matching name 'none'"], devices=devices)
        self.virsh("pool-destroy", "p")
        self.refused(["storage pool 'p' is not active"], devices=devices)
