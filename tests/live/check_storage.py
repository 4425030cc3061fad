# SPDX-License-Identifier: LGPL-2.1-or-later
"""Storage pools and volumes by unmodified virsh and python3-libvirt, on folders of the test's own.
`tests/live/run --libvirtd storage` asks libvirtd the same."""

import json
import os
import re
import shutil
import signal
import subprocess
import unittest
import xml.etree.ElementTree as tree
from pathlib import Path
from uuid import uuid4

from harness.daemon import Reeved, daemon_class
from harness.guest import tiny_xml
from harness.process import Failed, run, wait_for

MIB = 1 << 20


class Storage(unittest.TestCase):
    daemon_class = staticmethod(daemon_class)

    def setUp(self):
        self.daemon = self.daemon_class()().start()
        self.addCleanup(self.daemon.close)
        self.folder = Path(self.daemon.root) / "pool"

    def virsh(self, *args, **how):
        return self.daemon.virsh(*args, **how)

    def refused(self, pattern, *args):
        with self.assertRaisesRegex(Failed, pattern):
            self.virsh(*args)

    def pool(self, name="p", folder=None):
        folder = folder or self.folder
        folder.mkdir(exist_ok=True)
        self.virsh("pool-define-as", name, "dir", "--target", folder)
        self.virsh("pool-start", name)

    def xml(self, *args):
        return tree.fromstring(self.virsh(*args))

    def info(self, volume, pool="p", *options):
        lines = self.virsh("vol-info", volume, "--pool", pool, "--bytes", *options).splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def size(self, volume, what="Capacity"):
        return int(self.info(volume)[what].split()[0])

    def volumes(self, pool="p"):
        return [line.split()[0] for line in self.virsh("vol-list", pool).splitlines() if line.strip()]


class Pools(Storage):
    def test_life(self):
        self.virsh("pool-define-as", "p", "dir", "--target", f"{self.folder}/")
        self.refused("[Nn]o such file|cannot open", "pool-start", "p")
        self.virsh("pool-build", "p")
        self.assertEqual(self.folder.stat().st_mode & 0o777, 0o711)
        self.virsh("pool-start", "p")
        self.refused("already active", "pool-start", "p")
        self.refused("still active", "pool-undefine", "p")
        self.refused("still active", "pool-delete", "p")
        self.virsh("pool-autostart", "p")
        self.assertRegex(self.virsh("pool-info", "p"), r"(?s)running.*Persistent: +yes\s+Autostart: +yes")
        self.assertIn("p", self.virsh("pool-list", "--type", "dir", "--name"))
        self.assertNotIn("p", self.virsh("pool-list", "--type", "fs", "--name").split())
        self.assertEqual(self.virsh("pool-name", self.virsh("pool-uuid", "p").strip()).strip(), "p")
        document = self.xml("pool-dumpxml", "p")
        self.assertEqual(document.findtext("target/path"), str(self.folder))
        self.assertGreater(int(document.findtext("capacity")), 0)
        self.virsh("pool-refresh", "p")
        self.virsh("pool-destroy", "p")
        self.refused("not active", "pool-destroy", "p")
        self.refused("not active", "pool-refresh", "p")
        self.refused("not active", "vol-list", "p")
        self.virsh("pool-delete", "p")
        self.assertFalse(self.folder.exists())
        self.virsh("pool-undefine", "p")
        self.refused("(?i)storage pool not found", "pool-info", "p")

    def test_transient(self):
        self.virsh("pool-create-as", "t", "dir", "--target", self.folder, "--build")
        self.assertRegex(self.virsh("pool-info", "t"), "Persistent: +no")
        self.refused("(?i)storage pool .*not found|no config", "pool-autostart", "t")
        self.virsh("pool-destroy", "t")
        self.assertNotIn("t", self.virsh("pool-list", "--all", "--name").split())

    def test_conflicts(self):
        self.pool()
        self.refused("conflict", "pool-define-as", "q", "dir", "--target", self.folder)
        self.refused("already exists", "pool-define-as", "p", "dir", "--target", f"{self.folder}2")

    def test_filled_folder(self):
        self.folder.mkdir()
        (self.folder / "file").write_bytes(b"x" * 4096)
        (self.folder / "sub").mkdir()
        os.mkfifo(self.folder / "fifo")
        (self.folder / "dangling").symlink_to("nowhere")
        self.pool()
        self.assertEqual(self.volumes(), ["file", "sub"])
        self.assertIn("dir", self.info("sub")["Type"])

    def test_events(self):
        import libvirt
        from harness import events

        events.start_loop()
        connection = self.daemon.connect()
        self.addCleanup(connection.close)
        seen = []
        connection.storagePoolEventRegisterAny(
            None,
            libvirt.VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE,
            lambda _c, pool, event, _detail, _data: seen.append((pool.name(), event)),
            None,
        )
        connection.storagePoolEventRegisterAny(
            None,
            libvirt.VIR_STORAGE_POOL_EVENT_ID_REFRESH,
            lambda _c, pool, _data: seen.append((pool.name(), "refresh")),
            None,
        )
        self.virsh("pool-define-as", "e", "dir", "--target", self.folder)
        for command in ("build", "start", "refresh", "destroy", "delete", "undefine"):
            self.virsh(f"pool-{command}", "e")
        expected = [0, 4, 2, "refresh", 3, 5, 1]
        wait_for("all events", lambda: len(seen) >= len(expected))
        self.assertEqual(seen, [("e", event) for event in expected])


class Volumes(Storage):
    def setUp(self):
        super().setUp()
        self.pool()

    def test_raw(self):
        self.virsh("vol-create-as", "p", "sparse", "4M", "--allocation", "0")
        self.virsh("vol-create-as", "p", "full", "4M")
        self.assertEqual(self.size("sparse", "Allocation"), 0)
        self.assertGreaterEqual(self.size("full", "Allocation"), 4 * MIB)
        self.assertEqual((self.folder / "full").stat().st_mode & 0o777, 0o600)
        self.refused("exists already|already exists", "vol-create-as", "p", "full", "1M")
        self.assertEqual(self.volumes(), ["full", "sparse"])
        path = f"{self.folder}/full"
        self.assertEqual(self.virsh("vol-path", "full", "p").strip(), path)
        self.assertEqual(self.virsh("vol-key", path).strip(), path)
        self.assertEqual(self.virsh("vol-pool", path).strip(), "p")
        self.assertEqual(self.virsh("vol-name", path).strip(), "full")
        self.virsh("vol-resize", "sparse", "8M", "p")
        self.assertEqual(self.size("sparse"), 8 * MIB)
        self.refused("(?i)can't shrink", "vol-resize", "sparse", "1M", "p")
        self.virsh("vol-resize", "sparse", "1M", "p", "--shrink")
        with open(self.folder / "full", "r+b") as file:
            file.write(b"secret" * 100)
        self.virsh("vol-wipe", "full", "p")
        self.assertEqual((self.folder / "full").read_bytes(), bytes(4 * MIB))
        self.virsh("vol-delete", "full", "p")
        self.refused("(?i)volume not found", "vol-info", path)
        self.assertFalse((self.folder / "full").exists())

    def test_qcow2(self):
        self.virsh("vol-create-as", "p", "base", "8M", "--format", "qcow2")
        self.virsh("vol-create-as", "p", "top", "16M", "--format", "qcow2",
                   "--backing-vol", "base", "--backing-vol-format", "qcow2")
        document = self.xml("vol-dumpxml", "top", "p")
        self.assertEqual(document.findtext("capacity"), str(16 * MIB))
        self.assertEqual(document.find("target/format").get("type"), "qcow2")
        self.assertEqual(document.findtext("backingStore/path"), f"{self.folder}/base")
        self.assertEqual(document.find("backingStore/format").get("type"), "qcow2")
        self.virsh("vol-clone", "top", "copy", "p")
        copy = self.xml("vol-dumpxml", "copy", "p")
        self.assertEqual(copy.findtext("capacity"), str(16 * MIB))
        self.virsh("vol-resize", "base", "12M", "p")
        self.assertEqual(self.size("base"), 12 * MIB)
        run("qemu-img", "check", self.folder / "copy")

    def test_formats(self):
        document = self.folder.parent / "volume.xml"
        for form in ("qcow", "qed", "vmdk", "vdi", "raw"):
            document.write_text(
                f"<volume><name>{form}</name><capacity unit='MiB'>1</capacity>"
                f"<target><format type='{form}'/><permissions><mode>0640</mode><owner>7</owner>"
                "<group>8</group></permissions></target></volume>"
            )
            self.virsh("vol-create", "p", document)
            told = self.xml("vol-dumpxml", form, "p")
            self.assertEqual(told.find("target/format").get("type"), form)
            self.assertEqual(told.findtext("capacity"), str(MIB))
            st = (self.folder / form).stat()
            self.assertEqual((st.st_mode & 0o777, st.st_uid, st.st_gid), (0o640, 7, 8))
        document.write_text("<volume><name>x</name><capacity>1</capacity>"
                            "<target><format type='qcow9'/></target></volume>")
        self.refused("qcow9", "vol-create", "p", document)

    def test_folder(self):
        self.virsh("vol-create-as", "p", "web", "0", "--format", "dir")
        self.assertTrue((self.folder / "web").is_dir())
        self.assertIn("dir", self.info("web")["Type"])
        self.virsh("vol-delete", "web", "p")
        self.assertFalse((self.folder / "web").exists())

    def test_copy_from(self):
        self.virsh("vol-create-as", "p", "one", "1M")
        content = os.urandom(MIB)
        (self.folder / "one").write_bytes(content)
        document = self.folder.parent / "copy.xml"
        document.write_text("<volume><name>two</name><capacity unit='MiB'>2</capacity></volume>")
        self.virsh("vol-create-from", "p", document, "one", "--inputpool", "p")
        self.assertEqual((self.folder / "two").read_bytes(), content + bytes(MIB))
        document.write_text("<volume><name>three</name><target><format type='qcow2'/></target></volume>")
        self.virsh("vol-create-from", "p", document, "one", "--inputpool", "p")
        run("qemu-img", "convert", "-O", "raw", self.folder / "three", self.folder / "back")
        self.assertEqual((self.folder / "back").read_bytes(), content)

    def test_upload_download(self):
        content = os.urandom(3 * MIB + 17)
        there, back = self.folder.parent / "there", self.folder.parent / "back"
        there.write_bytes(content)
        self.virsh("vol-create-as", "p", "v", str(len(content)))
        self.virsh("vol-upload", "v", there, "p")
        self.assertEqual((self.folder / "v").read_bytes(), content)
        self.virsh("vol-download", "v", back, "p")
        self.assertEqual(back.read_bytes(), content)
        self.virsh("vol-download", "v", back, "p", "--offset", "5", "--length", "70000")
        self.assertEqual(back.read_bytes(), content[5:70005])
        there.write_bytes(b"patch")
        self.virsh("vol-upload", "v", there, "p", "--offset", "100", "--length", "5")
        self.assertEqual((self.folder / "v").read_bytes(), content[:100] + b"patch" + content[105:])
        self.virsh("vol-delete", "v", "p")

    def test_names(self):
        for name in ("../out", "a/b"):
            self.refused("cannot contain '/'", "vol-create-as", "p", name, "1M")
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertFalse((self.folder.parent / "out").exists())


class Disks(Storage):
    """How large they are, of a domain that does not run."""

    def disk(self, target, inner, kind="file"):
        return f"<disk type='{kind}'>{inner}<target dev='{target}' bus='virtio'/></disk>"

    def test_sizes(self):
        self.pool()
        raw, overlay = self.folder / "raw", self.folder / "qcow2"
        self.virsh("vol-create-as", "p", "raw", "3M", "--allocation", "0")
        self.virsh("vol-create-as", "p", "qcow2", "7M", "--format", "qcow2")
        qcow2 = "<driver name='qemu' type='qcow2'/>"
        xml = tiny_xml("off", devices="".join((
            self.disk("vda", f"<source file='{raw}'/>"),
            self.disk("vdb", f"{qcow2}<source file='{overlay}'/>"),
            self.disk("vdc", f"{qcow2}<source pool='p' volume='qcow2'/>", "volume"),
            self.disk("vdd", "<source file='/nowhere/disk'/>"),
            self.disk("vde", "<source file='/dev/null'/>"),
        )))
        path = self.folder / "off.xml"
        path.write_text(xml)
        self.virsh("define", path)
        length = overlay.stat().st_size
        for disk, capacity, physical in (
            ("vda", 3 * MIB, 3 * MIB), ("vdb", 7 * MIB, length), (raw, 3 * MIB, 3 * MIB),
        ):
            told = self.virsh("domblkinfo", "off", disk)
            self.assertRegex(told, rf"Capacity: +{capacity}\s")
            self.assertRegex(told, rf"Physical: +{physical}\s")
        self.assertRegex(self.virsh("domblkinfo", "off", "vda"), r"Allocation: +0\s")
        self.refused("/nowhere/disk", "domblkinfo", "off", "vdd")
        self.refused("not assigned to domain", "domblkinfo", "off", "vdz")
        if self.daemon_class() is Reeved:  # libvirtd reads it, and does not look for the volume
            self.refused("neither a file nor", "domblkinfo", "off", "vde")
            self.assertRegex(self.virsh("domblkinfo", "off", "vdc"), rf"Capacity: +{7 * MIB}\s")


class OwnWays(Storage):
    """Where we are meant to be better than libvirtd."""

    daemon_class = staticmethod(lambda: Reeved)

    def test_missing_name_is_looked_up(self):
        self.pool()
        (self.folder / "new").write_bytes(b"x")
        self.assertEqual(self.volumes(), [])
        self.assertEqual(self.size("new"), 1)
        self.assertEqual(self.volumes(), ["new"])

    def test_sizes_are_fresh(self):
        self.pool()
        self.virsh("vol-create-as", "p", "v", "1M")
        (self.folder / "v").write_bytes(b"x" * 5000)
        self.assertEqual(self.size("v"), 5000)

    def test_many(self):
        self.folder.mkdir()
        for i in range(10000):
            (self.folder / f"f{i}").touch()
        self.pool()
        self.assertEqual(len(self.volumes()), 10000)

    def test_reeve(self):
        self.folder.mkdir()
        document = self.folder.parent / "pool.xml"
        document.write_text(f"<pool type='dir'><name>p</name><target><path>{self.folder}</path></target></pool>")
        for words in (("pool-define", document), ("pool-start", "p"), ("pool-autostart", "p")):
            self.daemon.reeve(*words)
        (self.folder / "v").touch()
        self.daemon.reeve("pool-refresh", "p")
        self.assertIn(str(self.folder / "v"), self.daemon.reeve("vol-list", "p"))
        self.assertRegex(self.daemon.reeve("pool-list"), r"p +running +yes")
        self.assertIn("running", self.daemon.reeve("pool-info", "p"))
        self.daemon.reeve("pool-destroy", "p")
        self.daemon.reeve("pool-undefine", "p")

    def test_reeve_volumes(self):
        """reeve's own words do what virsh's do."""
        reeve = lambda *words, **how: self.daemon.reeve("-q", *words, **how)  # noqa: E731
        self.pool()
        raw, image = self.folder / "raw", self.folder / "image"
        reeve("vol-create-as", "p", "raw", "3M", "--allocation", "0")
        reeve("vol-create-as", "p", "image", "7MiB", "--format", "qcow2", "--backing-vol", raw,
              "--backing-vol-format", "raw")
        for volume in ("raw", "image"):
            told = reeve("vol-dumpxml", volume, "--pool", "p"), self.virsh("vol-dumpxml", volume, "p")
            told = [re.sub(r"<atime>.*", "", text).split() for text in told]  # it was just read
            self.assertEqual(*told)
        told = json.loads(reeve("-o", "json", "vol-info", image))
        self.assertEqual((told["name"], told["pool"], told["capacity"]), ("image", "p", 7 * MIB))
        self.assertRegex(reeve("vol-info", raw), r"(?s)Type: +file\s.*Capacity: +3\.000 MiB")
        self.assertEqual(reeve("vol-path", "raw", "--pool", "p").strip(), str(raw))
        self.assertEqual(reeve("vol-pool", raw).strip(), "p")

        raw.write_bytes(b"x" * MIB)
        reeve("vol-clone", raw, "copy")
        self.assertEqual((self.folder / "copy").read_bytes(), raw.read_bytes())
        reeve("vol-resize", "copy", "1M", "--delta", "--pool", "p")
        self.assertEqual((self.folder / "copy").stat().st_size, 2 * MIB)
        reeve("vol-wipe", "copy", "--pool", "p")
        self.assertEqual((self.folder / "copy").read_bytes(), bytes(2 * MIB))
        reeve("vol-delete", "copy", "--pool", "p")
        document = self.folder.parent / "volume.xml"
        document.write_text("<volume><name>made</name><capacity>5</capacity></volume>")
        reeve("vol-create", "p", document)
        self.assertEqual(sorted(row.split()[0] for row in reeve("vol-list", "p").splitlines()),
                         ["image", "made", "raw"])
        told = reeve("vol-info", "raw", ok=False).stderr
        self.assertIn("--pool", told)
        self.assertIn("is no size", reeve("vol-create-as", "p", "x", "3Q", ok=False).stderr)

    def test_unsupported(self):
        self.virsh("pool-define-as", "m", "mpath", "--target", "/dev/mapper")
        self.refused("'mpath'", "pool-start", "m")

    def test_restart(self):
        """Pools are found again, whatever ended the daemon, and half a volume is never left."""
        self.pool()
        self.virsh("vol-create-as", "p", "v", "1M")
        (self.folder / ".reeve-new-0").touch()
        self.daemon.restart(signal.SIGKILL)
        wait_for("the pool", lambda: "running" in self.virsh("pool-info", "p"))
        wait_for("the litter to go", lambda: not (self.folder / ".reeve-new-0").exists())
        self.assertEqual(self.volumes(), ["v"])
        self.virsh("pool-destroy", "p")
        self.virsh("pool-autostart", "p")
        self.daemon.restart()
        self.assertIn("inactive", self.virsh("pool-info", "p"))

    def test_stranger_below(self):
        """An image that calls itself an overlay of a file of the host's gets nothing of it."""
        self.pool()
        secret = self.folder.parent / "secret"
        secret.write_bytes(b"s" * MIB)
        run("qemu-img", "create", "-f", "qcow2", "-b", secret, "-F", "raw", self.folder / "evil")
        self.refused("in no active pool", "vol-clone", "evil", "copy", "p")
        self.assertFalse((self.folder / "copy").exists())
        link = self.folder / "link"
        link.symlink_to(secret)
        self.refused("link that leads out", "vol-wipe", "link", "p")
        self.assertEqual(secret.read_bytes(), b"s" * MIB)

    def test_full(self):
        """What does not fit leaves nothing."""
        if os.geteuid() != 0:
            self.skipTest("needs root")
        self.folder.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=2M", "none", self.folder)
        self.addCleanup(subprocess.run, ["umount", "-l", self.folder], check=True)
        self.pool()
        self.refused("No space left", "vol-create-as", "p", "big", "8M")
        self.assertEqual(list(self.folder.iterdir()), [])
